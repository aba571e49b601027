import type { RouteHandlerMethod, RouteOptions } from 'fastify'

/**
 * The one GraphQL endpoint. Every answer may depend on who asks, so no cache may keep it (RFC 9111 5.2.2), and one
 * that does all the same must tell callers apart.
 */
export function graphqlRoute({ handler }: { handler: RouteHandlerMethod }): RouteOptions {
  return {
    method: ['GET', 'POST'],
    url: '/graphql',
    handler,
    onSend: async (_request, reply, payload) => {
      if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'private, no-store')
      reply.header('vary', 'Accept, Authorization, Cookie, Origin')
      // The landing page of Apollo Server carries a policy of its own; ours would forbid all that it does.
      if (isPage(reply.getHeader('content-type'))) {
        reply.header('content-security-policy', "frame-ancestors 'none'")
      }
      return payload
    },
  }
}

const isPage = (contentType: unknown) =>
  typeof contentType === 'string' && contentType.startsWith('text/html')
