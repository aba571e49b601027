import type { DomainContract } from '../domain.js'

type Named = Pick<DomainContract, 'name' | 'scopes' | 'policies'>
type Rules = Required<Pick<DomainContract, 'scopes' | 'policies'>>

/** Two domains that mean different things by one name. */
export class DomainError extends Error {
  override readonly name = 'DomainError'
}

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
  const owners = new Map<string, string>()
  const clashes: string[] = []
  for (const domain of domains) {
    for (const name of Object.keys(domain[rules] ?? {})) {
      const owner = owners.get(name)
      if (owner !== undefined) {
        clashes.push(
          `The ${kind} "${name}" is defined by ${owner} and by ${domain.name}. Rename one of them.`,
        )
      }
      owners.set(name, domain.name)
    }
  }
  return clashes
}
