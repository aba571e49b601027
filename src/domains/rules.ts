import type { DomainContract } from '../domain.js'
import { clashesAmong, DomainError } from './clashes.js'

type Named = Pick<DomainContract, 'name' | 'scopes' | 'policies'>
type Rules = Required<Pick<DomainContract, 'scopes' | 'policies'>>

/**
 * What the rules of several domains may name, in one registry.
 * @throws DomainError where a name would replace another domain's: everything that is guarded by it would change
 */
export function rulesOf(domains: readonly Named[]): Rules {
  const clashes = [...clashesOf('scope', domains, 'scopes'), ...clashesOf('policy', domains, 'policies')]
  if (clashes.length > 0) throw new DomainError(clashes.join('\n'))
  return {
    scopes: Object.assign({}, ...domains.map(({ scopes }) => scopes)),
    policies: Object.assign({}, ...domains.map(({ policies }) => policies)),
  }
}

function clashesOf(kind: string, domains: readonly Named[], rules: keyof Rules): string[] {
  const named = domains.map((domain) => ({ name: domain.name, names: Object.keys(domain[rules] ?? {}) }))
  return clashesAmong(named).map(
    ({ name, owners }) =>
      `The ${kind} "${name}" is defined by ${owners.join(' and by ')}. Rename one of them.`,
  )
}
