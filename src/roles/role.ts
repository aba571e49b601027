import { AppError } from '../errors.js'

/** A named set of scopes. */
export type Role = { name: string; description: string; scopes: readonly string[] }

/** A scope, the scopes that it brings along, and the seeded roles that have it from the start. */
export type ScopeDefinition = {
  readonly description: string
  readonly implies: readonly string[]
  readonly grantedTo: readonly string[]
}

export type ScopeRegistry = Readonly<Record<string, ScopeDefinition>>

/** Has every scope. There is always an enabled user with this role. */
export const administratorRole = 'admin'

/** What a newcomer gets. */
export const newcomerRole = 'member'

/** Made at the first start. Which scopes each has is said by the scopes (`grantedTo`). */
export const seededRoles: Readonly<Record<string, string>> = {
  [administratorRole]: 'Everything',
  support: 'Look users up, and help them',
  [newcomerRole]: "Manage one's own account",
}

/** The scopes of each seeded role in a new database. */
export function initialGrants(registry: ScopeRegistry): Record<string, string[]> {
  const grantsOf = (role: string) =>
    Object.entries(registry)
      .filter(([, definition]) => isInitialGrant(role, definition))
      .map(([scope]) => scope)
  return Object.fromEntries(Object.keys(seededRoles).map((role) => [role, grantsOf(role)]))
}

/** Is this role given `scope` when the database first meets it? */
export function isInitialGrant(role: string, { grantedTo }: ScopeDefinition): boolean {
  return role === administratorRole || grantedTo.includes(role)
}

/**
 * Nobody can hand on, or take away, what they do not have.
 * @throws AppError FORBIDDEN naming the roles that are out of reach
 */
export function requireWithinReach(roles: readonly Role[], callerScopes: ReadonlySet<string>): void {
  const outOfReach = roles.filter(({ scopes }) => !scopes.every((scope) => callerScopes.has(scope)))
  if (outOfReach.length === 0) return
  const names = outOfReach.map(({ name }) => name)
  throw new AppError('FORBIDDEN', {
    message: `You lack scopes of: ${names.join(', ')}. Nobody can give or take a role with scopes that they lack.`,
    details: { roles: names },
  })
}
