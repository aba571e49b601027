import { makeExecutableSchema } from '@graphql-tools/schema'
import { execute as graphqlExecute } from 'graphql'
import { createAuthorization, createExecutors } from '../../src/authorization/index.js'
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

/** Plan, guards and graphql-js. */
export function createFieldgate(): Contender {
  const { authorization, schema } = createProtected()
  const { execute } = createExecutors(authorization)
  return {
    name: 'Fieldgate',
    prepare: onExecute(execute, schema),
  }
}

/** The guards alone, as in a server that knows nothing of the plan. */
export function createGuardsAlone(): Contender {
  const { schema } = createProtected()
  return { name: 'Fieldgate, guards alone', prepare: onExecute(graphqlExecute, schema) }
}
