import jwt from '@fastify/jwt'
import fastify from 'fastify'
import { type DirectiveNode, Kind } from 'graphql'
import mercurius from 'mercurius'
import mercuriusAuth from 'mercurius-auth'
import type { Serve } from '../contender.js'
import { type Context, createResolvers, sdl } from '../schema.js'
import { signTokens } from '../token.js'

declare module 'mercurius' {
  interface MercuriusContext extends Context {}
}

/** Compiled queries, a token verified by the plugin of Fastify and a user read for each request, policies by directive. */
export const serveMercuriusAuth: Serve = async ({ store, callers, secret }) => {
  const app = fastify()
  await app.register(jwt, { secret })
  const marked = sdl({ scoped: (scope) => `@auth(scope: "${scope}")`, type: '' })
  await app.register(mercurius, {
    schema: `directive @auth(scope: String!) on FIELD_DEFINITION ${marked}`,
    resolvers: createResolvers(store),
    jit: 1,
    context: async (request): Promise<Context> => {
      const { sub, scope } = await request.jwtVerify<{ sub: string; scope: string }>()
      const user = await store.findPerson(sub)
      if (!user) throw new Error('Not signed in')
      return { callerId: user.id, scopes: new Set(scope.split(' ')) }
    },
  })
  await app.register(mercuriusAuth.default, {
    authDirective: 'auth',
    applyPolicy: async (directive: DirectiveNode, _parent: unknown, _args: unknown, { scopes }) => {
      const value = directive.arguments?.[0]?.value
      return value?.kind === Kind.STRING && scopes.has(value.value)
    },
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return { url: `${url}/graphql`, tokens: signTokens(callers, secret), stop: () => app.close() }
}
