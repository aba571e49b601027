import { parse, Source, subscribe } from 'graphql'
import type { IResolvers } from '@graphql-tools/utils'
import type { Authenticator } from '../../src/authentication/authenticator.js'
import type { Authorization } from '../../src/authorization/index.js'
import { createSubscribe } from '../../src/graphql/authorization.js'
import { createContextFunction } from '../../src/graphql/context.js'
import type { Context } from '../../src/graphql/context.js'
import { apolloPlugin } from '../../src/graphql/plugins/authorization.js'
import { createGraphqlServer } from '../../src/graphql/server.js'
import type { GraphqlServerOptions } from '../../src/graphql/server.js'
import { createSchema } from '../../src/graphql/schema.js'
import { createMetrics } from '../../src/http/metrics.js'
import { createHttpServer } from '../../src/http/server.js'
import type { HttpServerOptions } from '../../src/http/server.js'
import { captureLog } from './log-capture.js'

export type TinyServerOptions = {
  typeDefs?: string
  resolvers?: IResolvers<unknown, Context>
  authenticate?: Authenticator
  /** Left out: nothing is protected. */
  authorization?: Authorization<Context>
  http?: Partial<HttpServerOptions>
  graphql?: Partial<GraphqlServerOptions>
}

const greeting = { typeDefs: 'type Query { hello: String }', resolvers: { Query: { hello: () => 'world' } } }

/** The path of a request from the socket to the resolver, with a schema of the test's own. */
export async function createTinyServer(options: TinyServerOptions = {}) {
  const capture = captureLog()
  const metrics = createMetrics()
  const { log } = capture
  const graphql = await createGraphqlServer({
    schema: createSchema({
      typeDefs: [parse(new Source(options.typeDefs ?? greeting.typeDefs, 'schema/tiny.graphql'))],
      resolvers: [options.resolvers ?? greeting.resolvers],
      authorization: options.authorization ?? {
        typeDefs: 'directive @public on OBJECT',
        protect: (schema) => schema,
      },
    }),
    contextOf: createContextFunction({ authenticate: options.authenticate ?? (() => null), log }),
    authorizationPlugin: options.authorization ? apolloPlugin(options.authorization) : {},
    subscribe: options.authorization ? createSubscribe(options.authorization) : subscribe,
    log,
    metrics: metrics.registry,
    introspection: 'full',
    landingPage: 'none',
    maxTokens: 1000,
    passwordFields: [],
    ...options.graphql,
  })
  const server = createHttpServer({
    log,
    publicUrl: 'http://127.0.0.1',
    corsOrigins: [],
    corsProfile: 'production',
    trustedProxies: [],
    bodyLimitBytes: 10_000,
    requestTimeoutMs: 5000,
    drainMs: 0,
    shutdownTimeoutMs: 5000,
    graphql: graphql.handler,
    jwks: () => ({ body: '{"keys":[]}', etag: '"none"', maxAgeSeconds: 300 }),
    checkReady: async () => [],
    metrics,
    metricsToken: null,
    ...options.http,
  })
  await server.app.ready()

  return {
    ...capture,
    ...server,
    graphql,
    /** Through the whole server, without a socket. */
    post: async (
      query: string,
      { variables = {}, headers = {} }: { variables?: object; headers?: object } = {},
    ) => {
      const response = await server.app.inject({
        method: 'POST',
        url: '/graphql',
        headers: { 'content-type': 'application/json', ...headers },
        payload: { query, variables },
      })
      return { status: response.statusCode, headers: response.headers, body: response.json() }
    },
    listenAnywhere: () => server.listen({ host: '127.0.0.1', port: 0 }),
    close: async () => {
      await server.stop()
      await graphql.stop()
    },
  }
}
