import { envelop, useEngine, useSchema } from '@envelop/core'
import { useGenericAuth } from '@envelop/generic-auth'
import { makeExecutableSchema } from '@graphql-tools/schema'
import * as graphql from 'graphql'
import type { Contender } from '../contender.js'
import { type Caller, type Context, readScope, resolvers, sdl } from '../people.js'

const directives = 'directive @requiresScopes(scopes: [[String!]!]!) on FIELD_DEFINITION | OBJECT'

/** `@requiresScopes`, refused fields null and the rest answered. Parsing and validation are left out, as for all. */
export function createGenericAuth(): Contender {
  const requires = (scope: string) => `@requiresScopes(scopes: [["${scope}"]])`
  const marked = sdl({ root: requires(readScope), guarded: requires, open: '' })
  const schema = makeExecutableSchema({ typeDefs: [directives, marked], resolvers })
  const enveloped = envelop({
    plugins: [
      useEngine(graphql),
      useSchema(schema),
      useGenericAuth<Caller, Context>({
        mode: 'protect-granular',
        rejectUnauthenticated: false,
        resolveUserFn: ({ caller }) => caller,
        extractScopes: (user) => [...(user?.scopes ?? [])],
      }),
    ],
  })
  return {
    name: '@envelop/generic-auth',
    prepare:
      ({ document, caller }) =>
      async () => {
        const { schema: current, execute, contextFactory } = enveloped({ caller })
        const contextValue: unknown = await contextFactory()
        return execute({ schema: current, document, contextValue })
      },
  }
}
