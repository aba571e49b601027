import type { IncomingMessage } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import cors from '@fastify/cors'
import { fastify, LogController } from 'fastify'
import type { FastifyBaseLogger, FastifyInstance, RouteHandlerMethod, RouteOptions } from 'fastify'
import type { Logger } from 'pino'
import type { JwksDocument } from '../tokens/jwks.js'
import { createAccessLog } from './access-log.js'
import { createTrustedProxies, forwardedFor } from './client-address.js'
import { corsOptions, withOrigins } from './cors.js'
import { answerNotFound, createErrorHandler } from './errors.js'
import { takeForms } from './form-body.js'
import { createGracefulStop } from './graceful-stop.js'
import { identifyRequests } from './identify-requests.js'
import type { Metrics } from './metrics.js'
import { createRequestIdReader } from './request-id.js'
import { explorerRoutes } from './routes/explorer.js'
import type { ExplorerFile } from './routes/explorer.js'
import { graphqlRoutes } from './routes/graphql.js'
import { healthzRoute } from './routes/healthz.js'
import { jwksRoute } from './routes/jwks.js'
import { metricsRoute } from './routes/metrics.js'
import { readyzRoute } from './routes/readyz.js'
import { createStandardHeaders, type SetStandardHeaders } from './standard-headers.js'
import { upgradeOptions } from './upgrade.js'

export type HttpServerOptions = {
  log: Logger
  /** Where clients reach it. */
  publicUrl: string
  /** Exact origins of browser clients. */
  corsOrigins: readonly string[]
  /** `development` also admits Apollo Sandbox and every port of localhost. */
  corsProfile: 'development' | 'production'
  /** Addresses or CIDR ranges whose `X-Forwarded-For` and `X-Request-Id` are believed. */
  trustedProxies: readonly string[]
  bodyLimitBytes: number
  /** How long a request may take to arrive, headers and body. */
  requestTimeoutMs: number
  /** How long balancers need to see that it is not ready. */
  drainMs: number
  /** How long a stop waits for what runs. */
  shutdownTimeoutMs: number
  /** Answers `/graphql`. */
  graphql: RouteHandlerMethod
  jwks: () => JwksDocument | Promise<JwksDocument>
  /** Names the parts that are not ready. */
  checkReady: () => Promise<readonly string[]>
  metrics: Metrics
  /** What `/metrics` wants as a bearer token; null: it answers everybody. */
  metricsToken: string | null
  explorer?: readonly ExplorerFile[]
  /** Routes of the domains. They take forms too. */
  routes?: readonly RouteOptions[]
}

export type HttpServer = {
  /** For tests (`inject`) and for upgrades (`server`). */
  app: FastifyInstance
  /** What a request is called in the log, and who sent it; for those that are upgraded. */
  identify: (request: IncomingMessage) => { requestId: string; clientAddress: string }
  /** @returns the base URL, with the port that was taken when 0 was asked for */
  listen: (address: { host: string; port: number }) => Promise<string>
  /**
   * From now on `/readyz` says 503, so that a balancer sends others elsewhere; everything is still answered. Resolves after
   * `drainMs`, at once where it does not listen.
   */
  drain: () => Promise<void>
  /** Takes no more connections, finishes what runs, and closes; cuts what is left after `shutdownTimeoutMs`. */
  stop: () => Promise<void>
}

/** The HTTP side of the server: bytes to requests, failures to answers. What it serves, it is given. */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { log, metrics } = options
  let isDraining = false

  const proxies = createTrustedProxies(options.trustedProxies)
  const requestIdOf = createRequestIdReader(proxies.isTrusted)
  const setStandardHeaders = createStandardHeaders(options.publicUrl)
  const app = createFastify(options, { genReqId: requestIdOf, setStandardHeaders })
  const stopGracefully = createGracefulStop(app, options.shutdownTimeoutMs)
  app.setErrorHandler(createErrorHandler(log))
  app.setNotFoundHandler(answerNotFound)
  identifyRequests(app, { ...options, proxies, setStandardHeaders })
  const accessLog = createAccessLog({ log, metrics })
  app.addHook('onSend', accessLog.onSend)
  app.addHook('onResponse', accessLog.onResponse)

  app.register(cors, corsOptions(options.corsOrigins, options.corsProfile))
  // A plugin of its own, so that the routes come after the CORS hooks.
  app.register(async (routes) => {
    for (const route of graphqlRoutes(options.graphql)) routes.route(route)
    routes.route(withOrigins(jwksRoute({ jwks: options.jwks })))
    routes.route(healthzRoute())
    routes.route(readyzRoute({ log, checkReady: options.checkReady, isDraining: () => isDraining }))
    routes.route(metricsRoute({ ...metrics, token: options.metricsToken }))
    for (const route of explorerRoutes(options.explorer ?? [])) routes.route(route)
    routes.register(async (ofDomains) => {
      takeForms(ofDomains)
      for (const route of options.routes ?? []) ofDomains.route(withOrigins(route))
    })
  })

  return {
    app,
    identify: (request) => ({
      requestId: requestIdOf(request),
      clientAddress: proxies.clientAddressOf(request.socket.remoteAddress, forwardedFor(request)),
    }),
    listen: ({ host, port }) => app.listen({ host, port }),
    drain: async () => {
      isDraining = true
      if (app.server.listening) await setTimeout(options.drainMs)
    },
    stop: () => {
      isDraining = true
      return stopGracefully()
    },
  }
}

function createFastify(
  { log, bodyLimitBytes, requestTimeoutMs }: HttpServerOptions,
  {
    genReqId,
    setStandardHeaders,
  }: { genReqId: (request: IncomingMessage) => string; setStandardHeaders: SetStandardHeaders },
): FastifyInstance {
  const loggerInstance: FastifyBaseLogger = log
  return fastify({
    loggerInstance,
    // The lines of Fastify show the URL, and a GET carries its variables there; ours is in access-log.ts.
    logController: new LogController({ disableRequestLogging: true }),
    // A child a request is paid by every request; whoever logs names the request id.
    childLoggerFactory: (logger) => logger,
    genReqId,
    bodyLimit: bodyLimitBytes,
    requestTimeout: requestTimeoutMs,
    // Longer than that of usual balancers (60 s), so that they are the ones to close an idle connection.
    keepAliveTimeout: 72_000,
    http: {
      headersTimeout: requestTimeoutMs,
      connectionsCheckingInterval: Math.min(requestTimeoutMs, 5000),
      ...upgradeOptions,
    },
    // What comes over an open connection while stopping is still answered, with `Connection: close`.
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => {
      setStandardHeaders(request, reply)
      createErrorHandler(log)(error, request, reply)
    },
  })
}
