import type { GraphQLResolveInfo } from 'graphql'
import type { Caller } from './caller.js'

/** `true` allows. `false` or a reason for the log denies; so does anything else. */
export type PolicyAnswer = boolean | { readonly denied: string }

type Awaitable<T> = T | PromiseLike<T>

export type PolicySituation<Context> = {
  readonly caller: Caller
  readonly args: Readonly<Record<string, unknown>>
  readonly context: Context
  readonly info: GraphQLResolveInfo
  /** Aborted when the check has run out of time. To be read from here: a copy of the input has none. */
  readonly signal: AbortSignal
}

/** What a policy sees of the parent when it does not say more exactly. */
export type PolicyParent = Readonly<Record<string, unknown>>

export type PolicyInput<Context, Parent = PolicyParent> = PolicySituation<Context> & {
  readonly parent: Parent
}

export type PolicyBatchInput<Context, Parent = PolicyParent> = PolicySituation<Context> & {
  readonly parents: readonly Parent[]
}

/**
 * What the verdict of a policy depends on beside the caller: it is asked once for equal ones, within one operation. One that
 * looks at more than it says gets its answer of another place: `info` and `args` are those of the first.
 */
export type PolicyDependence = 'request' | 'parent' | 'arguments'

type PolicyCommon<Context> = {
  /** Left out: parent and arguments, the safe reading. */
  readonly dependsOn?: PolicyDependence | readonly PolicyDependence[]
  /** Milliseconds, or `Infinity`; otherwise `policyTimeoutMs` of the engine. */
  readonly timeoutMs?: number
  /** The same rule as a condition for a query, in whatever form the data layer takes. */
  toWhere?(input: { readonly caller: Caller; readonly context: Context }): unknown
}

// Methods, so that a policy may state a narrower parent than PolicyParent.
type PolicyCheck<Context> = { check(input: PolicyInput<Context>): Awaitable<PolicyAnswer> }
type PolicyBatch<Context> = {
  /** One answer a parent, in order. */
  batch(input: PolicyBatchInput<Context>): Awaitable<readonly PolicyAnswer[]>
}

export type Policy<Context> = PolicyCommon<Context> & (PolicyCheck<Context> | PolicyBatch<Context>)

/** What a policy declares; one that declares nothing is taken to depend on anything. */
export type Dependencies = ReadonlySet<PolicyDependence | 'anything'>

export function dependenciesOf({ dependsOn }: Pick<PolicyCommon<unknown>, 'dependsOn'>): Dependencies {
  if (dependsOn === undefined) return new Set(['anything'])
  return new Set(typeof dependsOn === 'string' ? [dependsOn] : dependsOn)
}

export const looksAt = (dependencies: Dependencies | undefined, dependence: PolicyDependence): boolean =>
  !dependencies || dependencies.has('anything') || dependencies.has(dependence)

/** setTimeout takes 32 bits with a sign, and everything longer for 1 ms. */
const longestTimer = 2 ** 31 - 1

/** @throws RangeError for a time-out that is none */
export function requireTimeout(what: string, ms: number): number {
  if (ms === Number.POSITIVE_INFINITY || (ms > 0 && ms <= longestTimer)) return ms
  throw new RangeError(`${what} must be a number of milliseconds up to ${longestTimer}, or Infinity: ${ms}.`)
}
