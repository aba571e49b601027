import { ApolloServer } from '@apollo/server'
import { fastifyApolloHandler } from '@as-integrations/fastify'
import fastify from 'fastify'
import type { Serve } from '../contender.js'
import { createResolvers, sdl, unmarked } from '../schema.js'
import { signToken } from '../token.js'

/** The same on the HTTP server that Fieldgate uses. */
export const serveApolloFastify: Serve = async ({ store, callerId, secret }) => {
  const server = new ApolloServer<{ callerId: string }>({
    typeDefs: sdl(unmarked),
    resolvers: createResolvers(store),
  })
  await server.start()
  const app = fastify()
  app.post('/graphql', fastifyApolloHandler(server, { context: async () => ({ callerId }) }))
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const stop = () => app.close().then(() => server.stop())
  return { url: `${url}/graphql`, token: signToken(callerId, secret), stop }
}
