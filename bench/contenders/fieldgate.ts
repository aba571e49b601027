import { makeExecutableSchema } from '@graphql-tools/schema'
import { execute as graphqlExecute } from 'graphql'
import { createAuthorization, createExecutors } from '../../src/authorization/index.js'
import { createCompiledExecute } from '../../src/execution/compiled-execute.js'
import { type Contender, onExecute } from '../contender.js'
import { allScopes, type Context, readScope, resolvers, sdl } from '../people.js'

const scopesOf = (names: readonly string[]) => `@auth(scopes: ${JSON.stringify(names)})`

export function createProtected() {
  const authorization = createAuthorization<Context>({
    scopes: Object.fromEntries(allScopes.map((scope) => [scope, {}])),
    callerOf: ({ caller }) => caller,
  })
  const marked = sdl({ root: scopesOf([readScope]), guarded: (scope) => scopesOf([scope]), open: '@public' })
  const schema = authorization.protect(
    makeExecutableSchema({ typeDefs: [authorization.typeDefs, marked], resolvers }),
  )
  return { authorization, schema }
}

/** The plan, and behind it the executor that the server uses. */
export function createFieldgate(): Contender {
  const { authorization, schema } = createProtected()
  const compiled = createCompiledExecute(schema, { gates: authorization.gates })
  const { execute } = createExecutors(authorization, { execute: compiled })
  return { name: 'Fieldgate', prepare: onExecute(execute, schema) }
}

/** Plan, guards and graphql-js. */
export function createFieldgateOnGraphql(): Contender {
  const { authorization, schema } = createProtected()
  const { execute } = createExecutors(authorization)
  return { name: 'Fieldgate on graphql-js', prepare: onExecute(execute, schema) }
}

/** The guards alone, as in a server that knows nothing of the plan. */
export function createGuardsAlone(): Contender {
  const { schema } = createProtected()
  return { name: 'Fieldgate, guards alone', prepare: onExecute(graphqlExecute, schema) }
}
