import { ApolloServer } from '@apollo/server'
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled'
import { startStandaloneServer } from '@apollo/server/standalone'
import { apolloPlugin } from 'fieldgate/apollo'
import { createGateway } from 'fieldgate/apollo/gateway'
import { createCompiledExecute } from 'fieldgate/execution'
import { authorization, type Context, callerFrom, schema } from '../schema.js'

const execute = createCompiledExecute(schema, { gates: authorization.gates })

/**
 * Apollo Server with the engine as a plugin. Refused operations answer 401 or 403. With `schema` in the place of `gateway`,
 * graphql-js runs the operations.
 */
export async function start(port: number) {
  const server = new ApolloServer<Context>({
    gateway: createGateway(schema, execute),
    // Cache control would wrap every resolver, and compiled code could not read past the wrappers.
    plugins: [apolloPlugin(authorization), ApolloServerPluginCacheControlDisabled()],
  })
  const { url } = await startStandaloneServer(server, {
    listen: { port },
    context: async ({ req }) => ({ caller: callerFrom(req.headers.authorization) }),
  })
  return { url, stop: () => server.stop() }
}
