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

type Counted = { requests: Counter.Internal; durations: Histogram.Internal<'route'> }

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

  // The children of the two, by their labels: finding one by its labels takes longer than counting. Bounded as the labels are.
  const counted = new Map<string, Counted>()

  function childrenFor(method: string, route: string, status: number): Counted {
    const key = `${method} ${status} ${route}`
    const known = counted.get(key)
    if (known) return known
    const made = {
      requests: requests.labels({ method, route, status }),
      durations: durations.labels({ route }),
    }
    counted.set(key, made)
    return made
  }

  return {
    registry,
    countRequest(request, reply) {
      const method = methods.has(request.method) ? request.method : 'other'
      const children = childrenFor(method, request.routeOptions.url ?? 'none', reply.statusCode)
      children.requests.inc()
      children.durations.observe(reply.elapsedTime / 1000)
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  }
}
