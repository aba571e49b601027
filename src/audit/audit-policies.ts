import type { Caller, PolicyInput } from '../authorization/index.js'
import type { Context } from '../graphql/context.js'

/** What must hold of an event for a caller to see it. */
export type AuditCondition = { readonly subjectId: string }

/** Which events a query may return: all, none, or those that meet every condition of at least one list. */
export type VisibleEvents =
  | { readonly rows: 'all' | 'none' }
  | { readonly rows: 'where'; readonly anyOf: readonly (readonly AuditCondition[])[] }

/** The policies that the schema names of audit events. */
export const auditPolicies = {
  /** What was done on somebody is theirs to know. */
  concernsSelf: {
    dependsOn: 'parent',
    check: ({ caller, parent }: PolicyInput<Context, { subjectId: string | null }>) =>
      parent.subjectId === caller.id,
    toWhere: ({ caller }: { caller: Pick<Caller, 'id'> }): AuditCondition => ({ subjectId: caller.id }),
  },
  /** From where and with what somebody else acted by right, is theirs. A stranger who tries has nothing to be kept. */
  doneBySelfOrStranger: {
    dependsOn: 'parent',
    check: ({ caller, parent }: PolicyInput<Context, { actorId: string | null }>) =>
      parent.actorId === null || parent.actorId === caller.id,
  },
} as const

/** What the engine knows of rows, as conditions of this domain. @throws Error for a condition of another one */
export function visibleEvents(found: {
  readonly rows: string
  readonly anyOf?: readonly (readonly unknown[])[]
}): VisibleEvents {
  if (found.rows === 'all') return { rows: 'all' }
  if (found.rows !== 'where' || found.anyOf === undefined) return { rows: 'none' }
  return { rows: 'where', anyOf: found.anyOf.map((conditions) => conditions.map(auditCondition)) }
}

function auditCondition(condition: unknown): AuditCondition {
  if (typeof condition === 'object' && condition !== null && 'subjectId' in condition) {
    const { subjectId } = condition
    if (typeof subjectId === 'string') return { subjectId }
  }
  throw new Error('A policy of audit events answered with a condition that is not one on events.')
}
