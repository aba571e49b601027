import fastify from 'fastify'
import { type DirectiveNode, type ExecutionResult, Kind } from 'graphql'
import mercurius from 'mercurius'
import mercuriusAuth from 'mercurius-auth'
import type { Contender } from '../contender.js'
import { type Context, readScope, resolvers, sdl } from '../people.js'

/** Compiled queries with a policy behind a directive. Documents are parsed and validated once, by its own cache. */
export async function createMercurius(): Promise<Contender> {
  const app = fastify()
  const auth = (scope: string) => `@auth(scope: "${scope}")`
  await app.register(mercurius, {
    schema: `directive @auth(scope: String!) on FIELD_DEFINITION ${sdl({ root: auth(readScope), guarded: auth, open: '' })}`,
    resolvers,
    jit: 1,
  })
  await app.register(mercuriusAuth.default, {
    authDirective: 'auth',
    applyPolicy: async (directive: DirectiveNode, _parent: unknown, _args: unknown, context: unknown) => {
      const value = directive.arguments?.[0]?.value
      return value?.kind === Kind.STRING && (context as Context).caller?.scopes.has(value.value) === true
    },
  })
  await app.ready()
  return {
    name: 'mercurius-auth, JIT',
    prepare:
      ({ source, caller }) =>
      async () =>
        (await app.graphql(source, { caller })) as ExecutionResult,
  }
}
