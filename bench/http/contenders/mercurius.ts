import fastify from 'fastify'
import mercurius from 'mercurius'
import type { Serve } from '../contender.js'
import { createResolvers, sdl, unmarked } from '../schema.js'
import { signToken } from '../token.js'

/** Compiled queries, and nobody is asked who they are. */
export const serveMercurius: Serve = async ({ store, callerId, secret }) => {
  const app = fastify()
  await app.register(mercurius, {
    schema: sdl(unmarked),
    resolvers: createResolvers(store),
    jit: 1,
    context: () => ({ callerId }),
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return { url: `${url}/graphql`, token: signToken(callerId, secret), stop: () => app.close() }
}
