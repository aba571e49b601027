import type { ApolloServer } from '@apollo/server'
import type { GraphQLSchema } from 'graphql'
import type { Logger } from 'pino'
import type { DataSource } from 'typeorm'
import { openDomains } from './app/open-domains.js'
import { endAll, orEndAll, type Started } from './app/started.js'
import { createApiKeyAuthenticator } from './authentication/api-key.js'
import { createBearerAuthenticator } from './authentication/bearer.js'
import { createCookieAuthentication } from './authentication/cookie.js'
import { firstOf } from './authentication/first-of.js'
import type { Authorization } from './authorization/index.js'
import type { Config } from './config.js'
import type { Domain } from './domain.js'
import { rulesOf } from './domains/rules.js'
import { schedule } from './domains/schedule.js'
import { createCompiledExecute } from './execution/compiled-execute.js'
import { createServerAuthorization, createSubscribe } from './graphql/authorization.js'
import { type Context, createContextFunction } from './graphql/context.js'
import { createDecisionMetrics } from './graphql/decision-metrics.js'
import { createExplorer } from './graphql/explorer.js'
import { apolloPlugin } from './graphql/plugins/authorization.js'
import { createSchema } from './graphql/schema.js'
import { createGraphqlServer } from './graphql/server.js'
import { chooseProtocol, createSubscriptionServer } from './graphql/subscriptions.js'
import { createClientAddressReader } from './http/client-address.js'
import { createOriginCheck } from './http/cors.js'
import { createLogger } from './http/logger.js'
import { createMetrics } from './http/metrics.js'
import { createHttpServer, type HttpServer } from './http/server.js'
import { attachWebSockets } from './http/web-sockets.js'
import type { FirstAdministrator } from './users/first-administrator.js'

export type { ConnectedDomain, Domain, DomainContract, Platform } from './domain.js'

export type AppOptions = {
  config: Config
  /** Domains of one's own, beside those of Fieldgate. */
  domains?: readonly Domain[]
  log?: Logger
  /** Receives a line for each step of the start that can take long. */
  report?: (line: string) => void
  now?: () => Date
  randomBytes?: (size: number) => Buffer
}

export type App = {
  schema: GraphQLSchema
  authorization: Authorization<Context>
  database: DataSource
  http: HttpServer
  /** null unless this start made it. */
  firstAdministrator: FirstAdministrator | null
  /** Runs an operation through the whole pipeline, without HTTP. */
  execute: ApolloServer<Context>['executeOperation']
  /** @returns the URL, with the port that was taken where 0 was asked for */
  listen: () => Promise<string>
  /** After the drain. Ends everything, though some of it fail; asked for twice, it is one stop. */
  stop: () => Promise<void>
}

/**
 * Builds the whole server, up to the point where only `listen` is missing.
 * @throws DomainError, DatabaseError, MasterKeyError, AuthorizationFaults: each says what to do. What was started is stopped again.
 */
export async function createApp(options: AppOptions): Promise<App> {
  const log = options.log ?? createLogger({ level: options.config.logLevel })
  const started: Started = []
  const app = await orEndAll(
    started,
    () => build({ ...options, log }, started),
    (fault) => log.error({ err: fault }, 'what was started could not be stopped again'),
  )
  let stopped: Promise<void> | undefined
  return {
    ...app,
    stop: () => {
      stopped ??= endAll(started)
      return stopped
    },
  }
}

async function build(options: AppOptions, started: Started): Promise<Omit<App, 'stop'>> {
  const { config, now = () => new Date() } = options
  const { log, contracts, scopes, database, own, domains, obey } = await openDomains(
    { ...options, schema: 'migrate' },
    started,
  )
  for (const domain of domains) {
    if (domain.stop) started.push(domain.stop)
    await domain.start?.()
  }
  const firstAdministrator = await own.createFirstAdministrator()

  const metrics = createMetrics()
  const authorization = createServerAuthorization({
    ...config.authorization,
    scopes,
    policies: rulesOf([...contracts, ...domains]).policies,
    log,
    ...(config.metrics.decisions === 'counted' && { onDecision: createDecisionMetrics(metrics.registry) }),
  })
  obey(authorization)
  const schema = createSchema({
    typeDefs: contracts.flatMap(({ typeDefs }) => typeDefs ?? []),
    resolvers: domains.map(({ resolvers }) => resolvers),
    authorization,
  })
  for (const { coordinate, message } of authorization.warnings()) log.warn({ coordinate }, message)
  const isDevelopment = config.environment !== 'production'
  const cookies = createCookieAuthentication({
    publicUrl: config.http.publicUrl,
    refreshSeconds: config.sessions.idleSeconds,
    verifyAccessToken: own.verifyAccessToken,
  })
  const authenticate = firstOf(
    cookies.authenticate,
    createBearerAuthenticator({ verifyAccessToken: own.verifyBearerToken }),
    createApiKeyAuthenticator({ verifyApiKey: own.verifyApiKey }),
  )
  const contextOf = createContextFunction({ authenticate, cookiesOf: cookies.cookiesOf, log })
  const graphql = await createGraphqlServer({
    schema,
    contextOf,
    authorizationPlugin: apolloPlugin(authorization),
    ...(config.graphql.executor === 'compiled' && {
      execute: createCompiledExecute(schema, { gates: authorization.gates }),
    }),
    subscribe: createSubscribe(authorization),
    log,
    introspection: config.authorization.introspection,
    landingPage: isDevelopment ? 'sandbox' : 'none',
    passwordFields: contracts.flatMap(({ passwordFields = [] }) => passwordFields),
  })
  started.push(graphql.stop)

  const http = createHttpServer({
    log,
    corsOrigins: config.http.corsOrigins,
    corsProfile: isDevelopment ? 'development' : 'production',
    trustedProxies: config.http.trustedProxies,
    bodyLimitBytes: config.http.bodyLimitBytes,
    requestTimeoutMs: config.http.requestSeconds * 1000,
    drainMs: config.http.drainSeconds * 1000,
    shutdownTimeoutMs: config.http.shutdownSeconds * 1000,
    graphql: graphql.handler,
    jwks: own.jwks,
    checkReady: async () => [...((await isAnswering()) ? [] : ['database']), ...own.blindParts()],
    metrics,
    routes: domains.flatMap(({ routes = [] }) => routes),
    explorer: isDevelopment ? createExplorer(explorerOptions) : [],
  })
  started.push(http.stop)

  const subscriptions = createSubscriptionServer({
    contextOf,
    run: graphql.run,
    standingOf: own.standingOf,
    onRightsChanged: own.onRightsChanged,
    now,
    schedule,
    log,
  })
  started.push(subscriptions.stop)
  const webSockets = attachWebSockets(http.app.server, {
    path: '/graphql',
    chooseProtocol,
    isAllowedOrigin: createOriginCheck(
      [...config.http.corsOrigins, new URL(config.http.publicUrl).origin],
      isDevelopment ? 'development' : 'production',
    ),
    clientAddressOf: createClientAddressReader(config.http.trustedProxies),
    maxMessageBytes: config.http.bodyLimitBytes,
    pingEverySeconds: 12,
    schedule,
    onOpen: subscriptions.accept,
  })
  started.push(async () => webSockets.stop())
  // Before all else: while it drains, everything works.
  started.push(http.drain)

  return {
    schema,
    authorization,
    database,
    http,
    firstAdministrator,
    execute: graphql.apollo.executeOperation.bind(graphql.apollo),
    listen: () => http.listen(config.http),
  }

  async function isAnswering(): Promise<boolean> {
    try {
      await database.query('SELECT 1')
      return true
    } catch (error) {
      log.warn({ err: error }, 'the database does not answer')
      return false
    }
  }
}

const explorerOptions = {
  endpoint: '/graphql',
  sandboxUrl: '/graphql',
  tabs: [
    {
      query: `# Sign in, then send the access token as a header:
#   Authorization: Bearer ...
mutation SignIn($email: String!, $password: String!) {
  login(email: $email, password: $password) {
    accessToken
    expiresIn
    scopes
  }
}
`,
    },
    { query: '{\n  me {\n    id\n    name\n    email\n    disabledAt\n  }\n}\n' },
  ],
}
