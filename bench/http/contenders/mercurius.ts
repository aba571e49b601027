import fastify from 'fastify'
import mercurius from 'mercurius'
import type { Serve } from '../contender.js'
import { callerHeader } from '../population.js'
import { createResolvers, sdl, unmarked } from '../schema.js'
import { signTokens } from '../token.js'

/** Compiled queries, and nobody is asked who they are. */
export const serveMercurius: Serve = async ({ store, callers, secret }) => {
  const app = fastify()
  await app.register(mercurius, {
    schema: sdl(unmarked),
    resolvers: createResolvers(store),
    jit: 1,
    context: ({ headers }) => ({ callerId: String(headers[callerHeader]) }),
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return { url: `${url}/graphql`, tokens: signTokens(callers, secret), stop: () => app.close() }
}
