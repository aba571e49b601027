import { ApolloServer } from '@apollo/server'
import { fastifyApolloHandler } from '@as-integrations/fastify'
import fastify, { type FastifyRequest } from 'fastify'
import type { Serve } from '../contender.js'
import { callerHeader } from '../population.js'
import { createResolvers, sdl, unmarked } from '../schema.js'
import { signTokens } from '../token.js'

/** The same on the HTTP server that Fieldgate uses. */
export const serveApolloFastify: Serve = async ({ store, callers, secret }) => {
  const server = new ApolloServer<{ callerId: string }>({
    typeDefs: sdl(unmarked),
    resolvers: createResolvers(store),
  })
  await server.start()
  const app = fastify()
  const context = async ({ headers }: FastifyRequest) => ({ callerId: String(headers[callerHeader]) })
  app.post('/graphql', fastifyApolloHandler(server, { context }))
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const stop = () => app.close().then(() => server.stop())
  return { url: `${url}/graphql`, tokens: signTokens(callers, secret), stop }
}
