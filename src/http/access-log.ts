import type { FastifyReply, FastifyRequest, onResponseHookHandler, onSendHookHandler } from 'fastify'
import type { Logger } from 'pino'
import type { Metrics } from './metrics.js'

/** Asked every few seconds, and of interest only when the answer is bad. */
const probes: ReadonlySet<string | undefined> = new Set(['/healthz', '/readyz', '/metrics'])

type AccessLog = { readonly onResponse: onResponseHookHandler; readonly onSend: onSendHookHandler }

/** Counts each request that was worked on and writes a line of it, also when its client has not waited for the answer. */
export function createAccessLog({ log, metrics }: { log: Logger; metrics: Metrics }): AccessLog {
  function write(request: FastifyRequest, reply: FastifyReply, client: 'there' | 'gone') {
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
        ...(client === 'gone' && { client }),
        ...request.facts,
      },
      'request',
    )
  }

  return {
    onResponse: (request, reply, done) => {
      write(request, reply, 'there')
      done()
    },
    // On a connection that is closed no response finishes: who hangs up in time would leave no line.
    onSend: (request, reply, payload, done) => {
      if (reply.raw.destroyed) write(request, reply, 'gone')
      done(null, payload)
    },
  }
}

function levelOf({ routeOptions }: FastifyRequest, { statusCode }: FastifyReply): 'info' | 'debug' {
  return probes.has(routeOptions.url) && statusCode < 400 ? 'debug' : 'info'
}
