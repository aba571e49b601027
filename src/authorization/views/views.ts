import type { GraphQLSchema } from 'graphql'
import type { Rule, Rules } from '../requirement.js'
import type { Table } from '../table.js'
import { type Verdicts, verdictOf } from '../verdict.js'
import { visibleSchema } from './visible-schema.js'

/** Distinct views of a schema that are kept; the oldest goes first. */
const maxViews = 64

/** A schema as callers may see it. Callers from whom the same rules hide the same things share a view. */
export function createViews(schema: GraphQLSchema, table: Table, rules: Rules) {
  const views = new Map<string, GraphQLSchema>()

  return function viewFor(verdicts: Verdicts): GraphQLSchema {
    const hides = (rule: Rule) => verdictOf(verdicts, rule) === 'deny'
    const key = rules.all
      .filter(hides)
      .map(({ id }) => id)
      .join()
    const known = views.get(key)
    if (known) return known
    const view = visibleSchema(schema, table, (rule) => (rule && hides(rule) ? 'hidden' : 'seen'))
    const oldest = views.size >= maxViews ? views.keys().next().value : undefined
    if (oldest !== undefined) views.delete(oldest)
    views.set(key, view)
    return view
  }
}

export type Views = ReturnType<typeof createViews>
