import type { RouteOptions } from 'fastify'
import type { JwksDocument } from '../../tokens/jwks.js'
import { matchesEtag } from '../etag.js'

/** The public keys that verify access tokens. Caches may keep them for minutes. */
export function jwksRoute({ jwks }: { jwks: () => JwksDocument | Promise<JwksDocument> }): RouteOptions {
  return {
    method: 'GET',
    url: '/.well-known/jwks.json',
    config: { origins: 'any' },
    handler: async (request, reply) => {
      const { body, etag, maxAgeSeconds } = await jwks()
      reply.header('etag', etag).header('cache-control', `public, max-age=${maxAgeSeconds}`)
      if (matchesEtag(request.headers['if-none-match'], etag)) return reply.code(304).send()
      // RFC 7517 8.5.1
      return reply.type('application/jwk-set+json').send(body)
    },
  }
}
