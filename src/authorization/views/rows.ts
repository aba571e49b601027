import type { Caller } from '../caller.js'
import type { Policy } from '../policies.js'
import { type Requirement, waysToMeet } from '../requirement.js'

/** Which rows a query may return: all, none, or those that meet every condition of at least one inner list. */
export type Rows<Where = unknown> =
  | { readonly rows: 'all' }
  | { readonly rows: 'none' }
  | { readonly rows: 'where'; readonly anyOf: readonly (readonly Where[])[] }

/**
 * What the policies leave open, as conditions for a query, so that paging and counting see only what the caller may see.
 * Throws when a policy has no `toWhere`: a query without its condition would return too much.
 */
export function rowsFor<Context>(
  open: Requirement,
  policies: ReadonlyMap<string, Policy<Context>>,
  caller: Caller,
  context: Context,
): Rows {
  const ways = waysToMeet(open)
  if (!ways) throw new Error('Too many combinations of policies for one query.')
  const condition = (name: string): unknown => {
    const policy = policies.get(name)
    if (!policy?.toWhere) throw new Error(`The policy "${name}" has no toWhere.`)
    return policy.toWhere({ caller, context })
  }
  return { rows: 'where', anyOf: ways.map(({ policies: names }) => names.map(condition)) }
}
