/** The names with all that they imply. Names that are no scopes are left out. */
export type ExpandScopes = (names: readonly string[]) => ReadonlySet<string>

/**
 * The scopes of `asked` that exist, once each. RFC 6749 3.3 lets the server ignore what it does not grant: a name that
 * is no scope is treated as one that the user lacks, so that asking does not tell which scopes there are.
 */
export function scopeCeiling(asked: readonly string[], expand: ExpandScopes): string[] {
  return [...new Set(asked)].filter((name) => expand([name]).has(name)).toSorted()
}

/**
 * What a session gets: all that both its ceiling and the roles of the user allow, implied scopes counted on both
 * sides, written without those that another one implies. With no ceiling, what the roles give, word for word.
 */
export function grantedScopes(
  ceiling: readonly string[] | null,
  given: readonly string[],
  expand: ExpandScopes,
): string[] {
  if (ceiling === null) return given.toSorted()
  const allowed = expand(given)
  const common = [...expand(ceiling)].filter((name) => allowed.has(name))
  return common
    .filter((name) => !common.some((other) => other !== name && expand([other]).has(name)))
    .toSorted()
}
