import type { RouteHandlerMethod, RouteOptions } from 'fastify'
import { answerBadRequest, answerMethodNotAllowed } from '../errors.js'

const path = '/graphql'

/** The endpoint, and its answer to methods that it does not have (RFC 9110 15.5.6). */
export function graphqlRoutes(handler: RouteHandlerMethod): RouteOptions[] {
  return [
    graphqlRoute(handler),
    {
      method: ['PUT', 'PATCH', 'DELETE'],
      url: path,
      handler: (request, reply) => answerMethodNotAllowed(request, reply, 'GET, POST'),
    },
  ]
}

/**
 * The one GraphQL endpoint. Every answer may depend on who asks, so no cache may keep it (RFC 9111 5.2.2), and one
 * that does all the same must tell callers apart.
 */
function graphqlRoute(handler: RouteHandlerMethod): RouteOptions {
  return {
    method: ['GET', 'POST'],
    url: path,
    onRequest: (request, reply, done) => {
      // RFC 9112 3.2: a bad Host answers 400. The handler makes a URL of it, and would fail as if it were our fault.
      if (URL.canParse(request.url, `${request.protocol}://${request.hostname}/`)) return done()
      answerBadRequest(request, reply, 'The Host header is not valid.')
    },
    handler,
    onSend: async (_request, reply, payload) => {
      if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'private, no-store')
      reply.header('vary', 'Accept, Authorization, Cookie, Origin, X-API-Key')
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
