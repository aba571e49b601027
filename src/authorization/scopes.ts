import { createFaults, type Fault } from './faults.js'

export type ScopeDefinition = { readonly description?: string; readonly implies?: readonly string[] }

export type ScopeRegistry = {
  readonly has: (scope: string) => boolean
  readonly names: readonly string[]
  /** The scopes that hold for somebody who was granted these, `implies` followed; what is not registered counts for nothing. */
  expand(granted: Iterable<unknown>): ReadonlySet<string>
  /** Each scope with all that it implies, itself left out. */
  readonly implied: ReadonlyMap<string, readonly string[]>
  readonly faults: readonly Fault[]
}

/** RFC 6749 3.3: scope-token = 1*( %x21 / %x23-5B / %x5D-7E ) */
export const isScopeToken = (name: string) => /^[\x21\x23-\x5B\x5D-\x7E]+$/.test(name)

/** Everything reachable through `implies`; a scope that reaches itself is a circle. */
function closure(scope: string, implies: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const reached = new Set<string>()
  const pending = [scope]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const further = (implies.get(next) ?? []).filter((other) => !reached.has(other))
    for (const other of further) reached.add(other)
    pending.push(...further)
  }
  return reached
}

export function createScopeRegistry(definitions: Readonly<Record<string, ScopeDefinition>>): ScopeRegistry {
  const faults = createFaults()
  const implies = new Map(Object.entries(definitions).map(([name, { implies: list }]) => [name, list ?? []]))
  const implied = new Map<string, readonly string[]>()
  for (const [name, direct] of implies) {
    const coordinate = `scope "${name}"`
    if (!isScopeToken(name)) {
      faults.add(
        coordinate,
        null,
        'is blank or malformed.',
        'Use visible ASCII without spaces, quotes or backslashes.',
      )
    }
    for (const other of direct) {
      if (!implies.has(other))
        faults.add(coordinate, null, `implies the unknown scope "${other}".`, 'Register it.')
    }
    const reached = closure(name, implies)
    if (reached.has(name)) {
      faults.add(coordinate, null, 'implies itself.', 'Break the circle of `implies`.')
    }
    implied.set(name, [...reached].filter((other) => other !== name).toSorted())
  }

  function expand(granted: Iterable<unknown>) {
    const held = new Set<string>()
    for (const scope of granted) {
      const others = typeof scope === 'string' ? implied.get(scope) : undefined
      if (typeof scope !== 'string' || !others) continue
      held.add(scope)
      for (const other of others) held.add(other)
    }
    return held
  }
  return {
    has: (scope) => implies.has(scope),
    names: [...implies.keys()],
    expand,
    implied,
    faults: faults.all,
  }
}
