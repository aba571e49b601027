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

const longestDescription = 200

/** Made at the first start. Which scopes each has is said by the scopes (`grantedTo`). */
export const seededRoles: Readonly<Record<string, string>> = {
  [administratorRole]: 'Everything',
  support: 'Look users up, and help them',
  [newcomerRole]: "Manage one's own account",
}

/** @throws AppError BAD_USER_INPUT */
export function checkedRoleName(name: string): string {
  if (/^[a-z][a-z0-9-]{0,49}$/.test(name)) return name
  throw new AppError('BAD_USER_INPUT', {
    message:
      'The name of a role has 1 to 50 lower-case letters, digits and hyphens, and begins with a letter.',
    details: { field: 'name' },
  })
}

/** @throws AppError BAD_USER_INPUT */
export function checkedRoleDescription(description: string): string {
  const text = description.trim()
  if (text !== '' && text.length <= longestDescription) return text
  throw new AppError('BAD_USER_INPUT', {
    message: `The description of a role has 1 to ${longestDescription} characters.`,
    details: { field: 'description' },
  })
}

/** Each once. @throws AppError BAD_USER_INPUT for none: who had no other role could not sign in */
export function checkedRoleScopes(scopes: readonly string[]): string[] {
  if (scopes.length > 0) return [...new Set(scopes)]
  throw new AppError('BAD_USER_INPUT', {
    message: 'A role has at least one scope.',
    details: { field: 'scopes' },
  })
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

type Reachable = Pick<Role, 'name' | 'scopes'>

/** Those with scopes that the caller lacks. */
export function rolesBeyond(callerScopes: ReadonlySet<string>, roles: readonly Reachable[]): Reachable[] {
  return roles.filter(({ scopes }) => !scopes.every((scope) => callerScopes.has(scope)))
}

/**
 * Nobody can hand on, or take away, what they do not have. Names roles: for who may read them.
 * @throws AppError FORBIDDEN naming the roles that are out of reach
 */
export function requireWithinReach(roles: readonly Reachable[], callerScopes: ReadonlySet<string>): void {
  const names = rolesBeyond(callerScopes, roles).map(({ name }) => name)
  if (names.length === 0) return
  throw new AppError('FORBIDDEN', {
    message: `You lack scopes of: ${names.join(', ')}. Nobody can give or take a role with scopes that they lack.`,
    details: { roles: names },
  })
}
