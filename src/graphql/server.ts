import { ApolloServer } from '@apollo/server'
import type { ApolloServerPlugin } from '@apollo/server'
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled'
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default'
import type { FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify'
import { NoSchemaIntrospectionCustomRule } from 'graphql'
import type { GraphQLSchema, ValidationRule } from 'graphql'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import type { Execute } from '../execution/compiled-execute.js'
import type { Context } from './context.js'
import { createDocumentStore } from './document-store.js'
import { formatError } from './errors.js'
import { createEarlyExecution } from './early-execution.js'
import { createGateway } from './gateway.js'
import { createHttpHandler } from './http-handler.js'
import { faultLog } from './plugins/fault-log.js'
import { inOrder, type OrderedPlugin } from './plugins/in-order.js'
import { createOperationMetrics } from './plugins/operation-metrics.js'
import { onePasswordField } from './plugins/password-fields.js'
import { requestLog } from './plugins/request-log.js'
import { storableText } from './plugins/storable-text.js'
import { retryAfter } from './plugins/retry-after.js'
import { createSubscriptionPlugin, type Subscribe } from './plugins/subscriptions.js'
import { createOperationRunner, type RunOperation } from './run-operation.js'

export type GraphqlServerOptions = {
  schema: GraphQLSchema
  contextOf: (request: FastifyRequest, reply: FastifyReply) => Promise<Context>
  /** Decides before the first resolver runs. */
  authorizationPlugin: ApolloServerPlugin<Context>
  /** Runs queries and mutations. Left out: graphql-js does. */
  execute?: Execute
  /** Opens a subscription, and decides again at each of its events. */
  subscribe: Subscribe
  log: Logger
  metrics: Registry
  /** Who may introspect is decided by the authorization plugin; what validation hints at follows it. */
  introspection: 'full' | 'authenticated' | 'filtered' | 'off'
  /** What a browser gets that opens `/graphql`: Apollo Sandbox for development, else nothing. */
  landingPage: 'sandbox' | 'none'
  /** Longest document. Validation compares the fields of one name with each other, so that its cost grows with the square. */
  maxTokens: number
  /** Coordinates of fields that hash a password. */
  passwordFields: readonly string[]
}

export type GraphqlServer = {
  /** For operations without HTTP: `executeOperation`. */
  apollo: ApolloServer<Context>
  handler: RouteHandlerMethod
  /** For sockets: operations of all kinds, through the same pipeline. */
  run: RunOperation
  stop: () => Promise<void>
}

/** Most selections of an operation, with its fragments spread out. */
const maxSelections = 10_000
/** Of all documents that are kept parsed, together. */
const maxDocumentCharacters = 500_000

/** Apollo Server over the protected schema, started. */
export async function createGraphqlServer(options: GraphqlServerOptions): Promise<GraphqlServer> {
  const subscriptions = createSubscriptionPlugin(options.subscribe)
  const apollo = createApolloServer(options, subscriptions.plugin)
  await apollo.start()
  return {
    apollo,
    handler: createHttpHandler(apollo, options.contextOf),
    run: createOperationRunner(apollo, subscriptions),
    stop: () => apollo.stop(),
  }
}

function createApolloServer(
  options: GraphqlServerOptions,
  subscriptions: OrderedPlugin,
): ApolloServer<Context> {
  const { schema, execute } = options
  const early = execute ? createEarlyExecution(schema, execute) : null
  return new ApolloServer<Context>({
    ...(early ? { gateway: createGateway(schema, early.execute) } : { schema }),
    logger: options.log,
    // Apollo Server's defaults hang on NODE_ENV; everything that differs here is an option of ours.
    nodeEnv: 'production',
    stopOnTerminationSignals: false,
    formatError,
    // Its own adds a line feed, which copies a long answer once more.
    stringifyResult: (result) => JSON.stringify(result),
    includeStacktraceInErrorResponses: false,
    introspection: true,
    hideSchemaDetailsFromClientErrors: options.introspection !== 'full',
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    parseOptions: { maxTokens: options.maxTokens },
    maxRecursiveSelections: maxSelections,
    validationRules: validationRules(options),
    documentStore: createDocumentStore(maxDocumentCharacters),
    plugins: plugins(options, early ? [subscriptions, early.plugin] : [subscriptions]),
  })
}

function validationRules({ introspection, passwordFields }: GraphqlServerOptions): ValidationRule[] {
  return [
    onePasswordField(passwordFields),
    ...(introspection === 'off' ? [NoSchemaIntrospectionCustomRule] : []),
  ]
}

// None of them may have a willResolveField: it would wrap every field of the schema, for good.
function plugins(
  options: GraphqlServerOptions,
  runners: readonly OrderedPlugin[],
): ApolloServerPlugin<Context>[] {
  return [
    // After authorization: what is refused is neither run nor opened.
    inOrder([
      storableText,
      options.authorizationPlugin,
      ...runners,
      retryAfter,
      faultLog,
      requestLog,
      createOperationMetrics(options.metrics),
    ]),
    options.landingPage === 'sandbox' ? sandbox() : ApolloServerPluginLandingPageDisabled(),
    // A plugin that counts cache hints wraps every field; the others would talk to Apollo's cloud if the
    // environment had a key of it.
    ApolloServerPluginCacheControlDisabled(),
    ApolloServerPluginUsageReportingDisabled(),
    ApolloServerPluginSchemaReportingDisabled(),
    ApolloServerPluginInlineTraceDisabled(),
  ]
}

function sandbox(): ApolloServerPlugin<Context> {
  return ApolloServerPluginLandingPageLocalDefault({ embed: { runTelemetry: false }, includeCookies: true })
}
