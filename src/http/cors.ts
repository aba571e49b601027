import type { FastifyCorsOptions } from '@fastify/cors'
import type { onRequestHookHandler, RouteOptions } from 'fastify'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Which pages may ask here: `any`, for what takes no cookies; left out, those of the allow list. */
    origins?: 'any'
    /** Read by @fastify/cors: what one route has in place of what all have. */
    cors?: FastifyCorsOptions
  }
}

const developmentOrigins = [
  'https://studio.apollographql.com',
  'https://sandbox.embed.apollographql.com',
  /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/,
]

type Profile = 'development' | 'production'

const allowedOrigins = (origins: readonly string[], profile: Profile) => [
  ...origins,
  ...(profile === 'development' ? developmentOrigins : []),
]

/** The same list for requests that CORS does not hold: the upgrades of WebSockets. `null` is never on it. */
export function createOriginCheck(origins: readonly string[], profile: Profile): (origin: string) => boolean {
  const allowed = allowedOrigins(origins, profile)
  return (origin) =>
    allowed.some((entry) => (typeof entry === 'string' ? entry === origin : entry.test(origin)))
}

// As one text: a list is joined for each request.
const exposedHeaders = 'www-authenticate, retry-after, x-request-id'

/** An exact allow list: what is not on it gets no CORS header at all, and a preflight of it none either. */
export function corsOptions(origins: readonly string[], profile: Profile): FastifyCorsOptions {
  return {
    origin: allowedOrigins(origins, profile),
    methods: ['GET', 'POST'],
    credentials: true,
    allowedHeaders: [
      'content-type',
      'authorization',
      'authorization-mode',
      'x-api-key',
      'fieldgate-cookies',
      'apollo-require-preflight',
      'x-apollo-operation-name',
      'apollographql-client-name',
      'apollographql-client-version',
      'x-request-id',
    ],
    exposedHeaders,
    maxAge: 600,
    // Without an Origin header it is no preflight, and OPTIONS gets its 404 like any unknown method.
    strictPreflight: false,
  }
}

/** To a request that carried cookies no page reads an answer with `*` (Fetch, CORS check). */
const anyOrigin: FastifyCorsOptions = {
  origin: '*',
  credentials: false,
  allowedHeaders: ['authorization', 'content-type'],
}

/** The route as its `origins` have it: it answers preflights itself, since those of all others follow the allow list. */
export function withOrigins(route: RouteOptions): RouteOptions {
  if (route.config?.origins !== 'any') return route
  const share: onRequestHookHandler = (_request, reply, done) => {
    reply.header('cross-origin-resource-policy', 'cross-origin')
    done()
  }
  return {
    ...route,
    method: [route.method, 'OPTIONS'].flat(),
    config: { ...route.config, cors: anyOrigin },
    onRequest: [route.onRequest ?? [], share].flat(),
  }
}
