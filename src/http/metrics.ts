import type { FastifyReply, FastifyRequest } from 'fastify'
import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client'

export type Metrics = {
  /** For counters of other rooms. */
  registry: Registry
  /** Counts a finished request. */
  countRequest: (request: FastifyRequest, reply: FastifyReply) => void
  /** The exposition format of Prometheus, text version 0.0.4. */
  text: () => Promise<string>
  contentType: string
}

const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** The process's own metrics and those of HTTP. Labels are the route pattern, never what the client wrote. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const labelNames = ['method', 'route', 'status'] as const
  const requests = new Counter({
    name: 'http_requests_total',
    help: 'Requests answered',
    labelNames,
    registers: [registry],
  })
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'From the first byte of the request to the last of the answer',
    labelNames: ['route'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  })

  return {
    registry,
    countRequest(request, reply) {
      const method = methods.has(request.method) ? request.method : 'other'
      const route = request.routeOptions.url ?? 'none'
      requests.inc({ method, route, status: reply.statusCode })
      durations.observe({ route }, reply.elapsedTime / 1000)
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  }
}
