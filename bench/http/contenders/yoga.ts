import { once } from 'node:events'
import { createServer } from 'node:http'
import { useGenericAuth } from '@envelop/generic-auth'
import { createInlineSigningKeyProvider, useJWT } from '@graphql-yoga/plugin-jwt'
import { createSchema, createYoga } from 'graphql-yoga'
import type { Serve } from '../contender.js'
import { createPeopleResolvers, sdl } from '../schema.js'
import { signTokens } from '../token.js'

type Claims = { readonly sub: string; readonly scope: string }
type YogaContext = { readonly jwt?: { readonly payload: Claims } }

/** Yoga with its own plugins: the token verified, and refused fields null by `@requiresScopes`. */
export const serveYoga: Serve = async ({ store, callers, secret }) => {
  const directives = 'directive @requiresScopes(scopes: [[String!]!]!) on FIELD_DEFINITION | OBJECT'
  const marked = sdl({ scoped: (scope) => `@requiresScopes(scopes: [["${scope}"]])`, type: '' })
  const { Query, Mutation } = createPeopleResolvers(store)
  const me = (_: unknown, __: unknown, context: YogaContext) =>
    store.findPerson(context.jwt?.payload.sub ?? '')
  const yoga = createYoga({
    schema: createSchema<YogaContext>({
      typeDefs: [directives, marked],
      resolvers: { Query: { ...Query, me }, Mutation },
    }),
    plugins: [
      useJWT({
        signingKeyProviders: [createInlineSigningKeyProvider(secret)],
        tokenVerification: { algorithms: ['HS256'] },
      }),
      useGenericAuth<Claims, YogaContext>({
        mode: 'protect-granular',
        resolveUserFn: ({ jwt }) => jwt?.payload ?? null,
        extractScopes: ({ scope }) => scope.split(' '),
      }),
    ],
  })
  const server = createServer(yoga).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : address
  const stop = async () => {
    server.closeAllConnections()
    server.close()
    await yoga.dispose()
  }
  return { url: `http://127.0.0.1:${port}/graphql`, tokens: signTokens(callers, secret), stop }
}
