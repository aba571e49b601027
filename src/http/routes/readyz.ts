import type { RouteOptions } from 'fastify'

export type ReadyzOptions = {
  /** Names the parts that are not ready, such as `database`; none when all are. A failure counts as not ready. */
  checkReady: () => Promise<readonly string[]>
  isDraining: () => boolean
  /** How long the check may take, in milliseconds. */
  timeoutMs?: number
}

/** Readiness: whether to send requests here. 503 names the parts that are not ready. */
export function readyzRoute({ checkReady, isDraining, timeoutMs = 2000 }: ReadyzOptions): RouteOptions {
  return {
    method: 'GET',
    url: '/readyz',
    handler: async (_request, reply) => {
      const notReady = isDraining() ? ['draining'] : await withinTime(checkReady, timeoutMs)
      reply.header('cache-control', 'no-store')
      if (notReady.length > 0) return reply.code(503).send({ status: 'not ready', notReady })
      return reply.send({ status: 'ready' })
    },
  }
}

async function withinTime(
  check: () => Promise<readonly string[]>,
  timeoutMs: number,
): Promise<readonly string[]> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<readonly string[]>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, ['check timed out'])
  })
  try {
    return await Promise.race([check(), timeout])
  } finally {
    clearTimeout(timer)
  }
}
