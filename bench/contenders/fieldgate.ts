import { makeExecutableSchema } from '@graphql-tools/schema'
import { type ExecutionResult, type ExecutionArgs, type GraphQLSchema } from 'graphql'
import { type Caller, createAuthorization, createExecutors } from '../../src/authorization/index.js'
import { createCompiledExecute } from '../../src/execution/compiled-execute.js'
import type { Contender } from '../contender.js'
import { allScopes, type Query, readScope, resolvers, sdl } from '../people.js'

const scopesOf = (names: readonly string[]) => `@auth(scopes: ${JSON.stringify(names)})`

type Execute = (
  args: ExecutionArgs & { readonly contextValue: ProtectedContext },
) => ExecutionResult | Promise<ExecutionResult>

type ProtectedContext = { readonly caller: Caller | null }

/** As the server has callers: frozen, so that each check knows one again by its identity. */
function frozen(caller: Query['caller']): Caller | null {
  return caller && Object.freeze({ id: caller.id, scopes: Object.freeze([...caller.scopes]) })
}

/** Runs of the protected schema, each with a context of its own. */
function onProtected(execute: Execute, schema: GraphQLSchema): Contender['prepare'] {
  return ({ document, caller }) => {
    const known = frozen(caller)
    return () => execute({ schema, document, contextValue: { caller: known } })
  }
}

export function createProtected() {
  const authorization = createAuthorization<ProtectedContext>({
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
  return { name: 'Fieldgate', prepare: onProtected(execute, schema) }
}

/** Plan, guards and graphql-js. */
export function createFieldgateOnGraphql(): Contender {
  const { authorization, schema } = createProtected()
  const { execute } = createExecutors(authorization)
  return { name: 'Fieldgate on graphql-js', prepare: onProtected(execute, schema) }
}
