import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'
import type { Serve } from '../contender.js'
import { createResolvers, sdl, unmarked } from '../schema.js'
import { signToken } from '../token.js'

/** Apollo Server with nothing but defaults. It does not look at the token. */
export const serveApollo: Serve = async ({ store, callerId, secret }) => {
  const server = new ApolloServer<{ callerId: string }>({
    typeDefs: sdl(unmarked),
    resolvers: createResolvers(store),
  })
  const { url } = await startStandaloneServer(server, {
    listen: { host: '127.0.0.1', port: 0 },
    context: async () => ({ callerId }),
  })
  return { url, token: signToken(callerId, secret), stop: () => server.stop() }
}
