import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'
import { apolloPlugin } from 'fieldgate/apollo'
import { authorization, type Context, callerFrom, schema } from '../schema.js'

/** Apollo Server with the engine as a plugin. Refused operations answer 401 or 403. */
export async function start(port: number) {
  const server = new ApolloServer<Context>({ schema, plugins: [apolloPlugin(authorization)] })
  const { url } = await startStandaloneServer(server, {
    listen: { port },
    context: async ({ req }) => ({ caller: callerFrom(req.headers.authorization) }),
  })
  return { url, stop: () => server.stop() }
}
