import { setTimeout } from 'node:timers/promises'
import type { RouteOptions } from 'fastify'
import type { Logger } from 'pino'

export type ReadyzOptions = {
  log: Logger
  /** Names the parts that are not ready, such as `database`; none when all are. A failure counts as not ready. */
  checkReady: () => Promise<readonly string[]>
  isDraining: () => boolean
  /** How long the check may take, in milliseconds. */
  timeoutMs?: number
}

/** Readiness: whether to send requests here. 503 names the parts that are not ready. */
export function readyzRoute({ log, checkReady, isDraining, timeoutMs = 2000 }: ReadyzOptions): RouteOptions {
  const check = async () => {
    try {
      return await Promise.race([checkReady(), setTimeout(timeoutMs, ['check timed out'], { ref: false })])
    } catch (cause) {
      log.error({ err: cause }, 'readiness check failed')
      return ['check failed']
    }
  }
  return {
    method: 'GET',
    url: '/readyz',
    handler: async (_request, reply) => {
      const notReady = isDraining() ? ['draining'] : await check()
      reply.header('cache-control', 'no-store')
      if (notReady.length > 0) return reply.code(503).send({ status: 'not ready', notReady })
      return reply.send({ status: 'ready' })
    },
  }
}
