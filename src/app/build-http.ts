import type { Logger } from 'pino'
import type { DataSource } from 'typeorm'
import type { Config } from '../config.js'
import { explorerContent } from '../graphql/explorer-content.js'
import { createExplorer } from '../graphql/explorer.js'
import { createSocketMetrics } from '../graphql/socket-metrics.js'
import { chooseProtocol, createSubscriptionServer } from '../graphql/subscriptions.js'
import { createOriginCheck } from '../http/cors.js'
import type { Metrics } from '../http/metrics.js'
import { createHttpServer, type HttpServer } from '../http/server.js'
import { attachWebSockets } from '../http/web-sockets.js'
import type { BuiltGraphql } from './build-graphql.js'
import type { OpenedDomains } from './open-domains.js'
import type { Started } from './started.js'

const profileOf = ({ environment }: Config) => (environment === 'production' ? 'production' : 'development')

/** From bytes to operations: the HTTP server with everything that it serves. */
export function buildHttp(
  config: Config,
  { log, database, own, domains }: OpenedDomains,
  graphql: BuiltGraphql,
  metrics: Metrics,
  started: Started,
): HttpServer {
  const { http } = config
  const server = createHttpServer({
    log,
    publicUrl: http.publicUrl,
    corsOrigins: http.corsOrigins,
    corsProfile: profileOf(config),
    trustedProxies: http.trustedProxies,
    bodyLimitBytes: http.bodyLimitBytes,
    requestTimeoutMs: http.requestSeconds * 1000,
    drainMs: http.drainSeconds * 1000,
    shutdownTimeoutMs: http.shutdownSeconds * 1000,
    graphql: graphql.server.handler,
    jwks: own.jwks,
    checkReady: async () => [
      ...((await isAnswering(database, log)) ? [] : ['database']),
      ...own.blindParts(),
    ],
    metrics,
    metricsToken: config.metrics.token,
    routes: domains.flatMap(({ routes = [] }) => routes),
    explorer: profileOf(config) === 'development' ? createExplorer(explorerContent) : [],
  })
  started.push(server.stop)
  return server
}

/** Sockets beside it, for subscriptions: they are let go of before the server is. */
export function buildSockets(
  config: Config,
  { log, own, now, schedule }: OpenedDomains,
  { contextOf, server }: BuiltGraphql,
  http: HttpServer,
  metrics: Metrics,
  started: Started,
): void {
  const { corsOrigins, publicUrl, bodyLimitBytes } = config.http
  const subscriptions = createSubscriptionServer({
    contextOf,
    run: server.run,
    standingOf: own.standingOf,
    onRightsChanged: own.onRightsChanged,
    now,
    schedule,
    log,
  })
  started.push(subscriptions.stop)
  createSocketMetrics(metrics.registry, subscriptions)
  const webSockets = attachWebSockets(http.app.server, {
    path: '/graphql',
    chooseProtocol,
    isAllowedOrigin: createOriginCheck([...corsOrigins, new URL(publicUrl).origin], profileOf(config)),
    identify: http.identify,
    maxMessageBytes: bodyLimitBytes,
    pingEverySeconds: 12,
    schedule,
    onOpen: subscriptions.accept,
  })
  started.push(async () => webSockets.stop())
}

async function isAnswering(database: DataSource, log: Logger): Promise<boolean> {
  try {
    await database.query('SELECT 1')
    return true
  } catch (error) {
    log.warn({ err: error }, 'the database does not answer')
    return false
  }
}
