import { execute } from 'graphql'
import { applyMiddleware } from 'graphql-middleware'
import { rule, shield } from 'graphql-shield'
import { type Contender, onExecute } from '../contender.js'
import { type Context, guardedFields, readScope } from '../people.js'
import { createOpenSchema } from './open.js'

const holds = (scope: string) =>
  rule(scope, { cache: 'contextual' })(
    (_parent: unknown, _args: unknown, { caller }: Context) => caller?.scopes.has(scope) ?? false,
  )

/** Rules cached by request, which is the fastest that graphql-shield offers for a scope. */
export function createShield(): Contender {
  const readable = holds(readScope)
  const fields = Object.entries(guardedFields).map(([field, scope]) => [field, holds(scope)] as const)
  const permissions = shield(
    {
      Query: { person: readable, people: readable, teams: readable },
      Person: Object.fromEntries(fields),
    },
    { allowExternalErrors: true },
  )
  const schema = applyMiddleware(createOpenSchema(), permissions)
  return {
    name: 'graphql-shield',
    prepare: onExecute(execute, schema),
  }
}
