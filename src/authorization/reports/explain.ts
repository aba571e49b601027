import { keysOf, type Plan } from '../plan/plan.js'
import { describeRequirement, waysToMeet } from '../requirement.js'
import type { Verdict } from '../verdict.js'

export type Explanation = {
  readonly verdict: Verdict
  readonly status: Plan['status']
  /** Each field that was looked at, a fragment once for each type. What lies below a refused field is not reached. */
  readonly fields: readonly ExplainedField[]
}

export type ExplainedField = {
  readonly path: string
  readonly coordinate: string
  readonly requirement: string
  readonly verdict: Verdict
  /** The fewest scopes that the caller lacks: none when scopes are not what is missing, null when the ways are too many to say. */
  readonly missing: readonly string[] | null
}

/** Why a plan came out as it did: each requirement, its verdict, and what is missing. */
export function explainPlan(plan: Plan, held: ReadonlySet<string>): Explanation {
  const fields = plan.decisions.map(({ coordinate, at, verdict, rule }): ExplainedField => {
    const ways = verdict === 'deny' && rule ? waysToMeet(rule.requirement) : []
    const [fewest = []] = (ways ?? [])
      .map(({ scopes }) => scopes.filter((scope) => !held.has(scope)))
      .toSorted((a, b) => a.length - b.length)
    const missing = ways ? fewest : null
    const requirement = rule ? describeRequirement(rule.requirement) : 'public'
    return { path: keysOf(at).join('.'), coordinate, requirement, verdict, missing }
  })
  return { verdict: plan.verdict, status: plan.status, fields }
}

/** The explanation as lines for a terminal. */
export function printExplanation({ verdict, status, fields }: Explanation): string {
  const lines = fields.map(({ path, coordinate, requirement, verdict: own, missing }) => {
    const lacks = missing?.length ? `, lacks ${missing.join(' ')}` : ''
    return `${own.padEnd(5)} ${path} (${coordinate}): ${requirement}${lacks}`
  })
  return `${[`${verdict} (${status})`, ...lines].join('\n')}\n`
}
