import { createHash, timingSafeEqual } from 'node:crypto'
import type { RouteOptions } from 'fastify'
import type { Metrics } from '../metrics.js'

export type MetricsRouteOptions = Pick<Metrics, 'text' | 'contentType'> & {
  /** The bearer token that is wanted; null for none. */
  token: string | null
}

/** What Prometheus reads. */
export function metricsRoute({ text, contentType, token }: MetricsRouteOptions): RouteOptions {
  return {
    method: 'GET',
    url: '/metrics',
    handler: async (request, reply) => {
      reply.header('cache-control', 'no-store')
      // RFC 9110 11.1: the scheme in whatever case.
      const [, given = ''] = /^Bearer +(.*)$/i.exec(request.headers.authorization ?? '') ?? []
      if (token !== null && !isEqual(given, token)) {
        return reply.code(401).header('www-authenticate', 'Bearer realm="metrics"').send()
      }
      return reply.type(contentType).send(await text())
    },
  }
}

/** In one time, whatever comes. */
function isEqual(given: string, wanted: string): boolean {
  const digest = (value: string) => createHash('sha256').update(value).digest()
  return timingSafeEqual(digest(given), digest(wanted))
}
