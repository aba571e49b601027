import type { RouteOptions } from 'fastify'
import type { Metrics } from '../metrics.js'

/** What Prometheus reads. */
export function metricsRoute({ text, contentType }: Pick<Metrics, 'text' | 'contentType'>): RouteOptions {
  return {
    method: 'GET',
    url: '/metrics',
    handler: async (_request, reply) =>
      reply
        .header('cache-control', 'no-store')
        .type(contentType)
        .send(await text()),
  }
}
