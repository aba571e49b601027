/** Two domains that mean different things by one name. */
export class DomainError extends Error {
  override readonly name = 'DomainError'
}

export type Clash = { name: string; owners: readonly [string, string] }

/** Names that two domains use, with both owners. */
export function clashesAmong(domains: readonly { name: string; names: readonly string[] }[]): Clash[] {
  const owners = new Map<string, string>()
  const clashes: Clash[] = []
  for (const domain of domains) {
    for (const name of domain.names) {
      const owner = owners.get(name)
      if (owner !== undefined) clashes.push({ name, owners: [owner, domain.name] })
      owners.set(name, domain.name)
    }
  }
  return clashes
}
