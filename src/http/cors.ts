import type { FastifyCorsOptions } from '@fastify/cors'

const developmentOrigins = [
  'https://studio.apollographql.com',
  'https://sandbox.embed.apollographql.com',
  /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/,
]

/** An exact allow list: what is not on it gets no CORS header at all, and a preflight of it none either. */
export function corsOptions(
  origins: readonly string[],
  profile: 'development' | 'production',
): FastifyCorsOptions {
  return {
    origin: [...origins, ...(profile === 'development' ? developmentOrigins : [])],
    methods: ['GET', 'POST'],
    credentials: true,
    allowedHeaders: [
      'content-type',
      'authorization',
      'authorization-mode',
      'x-api-key',
      'apollo-require-preflight',
      'x-apollo-operation-name',
      'apollographql-client-name',
      'apollographql-client-version',
      'x-request-id',
    ],
    exposedHeaders: ['www-authenticate', 'retry-after', 'x-request-id'],
    maxAge: 600,
    // Without an Origin header it is no preflight, and OPTIONS gets its 404 like any unknown method.
    strictPreflight: false,
  }
}
