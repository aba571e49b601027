import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'
import type { Serve } from '../contender.js'
import { callerHeader } from '../population.js'
import { createResolvers, sdl, unmarked } from '../schema.js'
import { signTokens } from '../token.js'

/** Apollo Server with nothing but defaults. It does not look at the token. */
export const serveApollo: Serve = async ({ store, callers, secret }) => {
  const server = new ApolloServer<{ callerId: string }>({
    typeDefs: sdl(unmarked),
    resolvers: createResolvers(store),
  })
  const { url } = await startStandaloneServer(server, {
    listen: { host: '127.0.0.1', port: 0 },
    context: async ({ req }) => ({ callerId: String(req.headers[callerHeader]) }),
  })
  return { url, tokens: signTokens(callers, secret), stop: () => server.stop() }
}
