import type { FastifyReply, FastifyRequest, onResponseHookHandler } from 'fastify'
import type { Logger } from 'pino'
import type { Metrics } from './metrics.js'

/** Asked every few seconds, and of interest only when the answer is bad. */
const probes: ReadonlySet<string | undefined> = new Set(['/healthz', '/readyz', '/metrics'])

/** Counts each finished request and writes a line of it. */
export function createAccessLog({ log, metrics }: { log: Logger; metrics: Metrics }): onResponseHookHandler {
  return (request, reply, done) => {
    metrics.countRequest(request, reply)
    log[levelOf(request, reply)](
      {
        requestId: request.id,
        method: request.method,
        // The pattern: what the client wrote could hold anything.
        route: request.routeOptions.url ?? 'none',
        status: reply.statusCode,
        durationMs: Math.round(reply.elapsedTime * 100) / 100,
        clientAddress: request.clientAddress,
        ...request.facts,
      },
      'request',
    )
    done()
  }
}

function levelOf({ routeOptions }: FastifyRequest, { statusCode }: FastifyReply): 'info' | 'debug' {
  return probes.has(routeOptions.url) && statusCode < 400 ? 'debug' : 'info'
}
