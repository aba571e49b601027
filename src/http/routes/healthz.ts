import type { RouteOptions } from 'fastify'

/** Liveness: the process answers. Says nothing of what it needs; `/readyz` does. */
export function healthzRoute(): RouteOptions {
  return {
    method: 'GET',
    url: '/healthz',
    handler: (_request, reply) => reply.header('cache-control', 'no-store').send({ status: 'alive' }),
  }
}
