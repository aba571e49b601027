import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'
import { apolloPlugin } from 'fieldgate/apollo'
import { createGateway } from 'fieldgate/apollo/gateway'
import { createCompiledExecute } from 'fieldgate/execution'
import { authorization, type Context, callerFrom, schema } from '../schema.js'

const { gateway, plugin } = createGateway(
  schema,
  createCompiledExecute(schema, { gates: authorization.gates }),
)

/**
 * Apollo Server with the engine as a plugin, before that of the executor. Refused operations answer 401 or 403. With `schema`
 * in the place of `gateway` and its plugin, graphql-js runs the operations.
 */
export async function start(port: number) {
  const server = new ApolloServer<Context>({
    gateway,
    plugins: [apolloPlugin(authorization), plugin],
  })
  const { url } = await startStandaloneServer(server, {
    listen: { port },
    context: async ({ req }) => ({ caller: callerFrom(req.headers.authorization) }),
  })
  return { url, stop: () => server.stop() }
}
