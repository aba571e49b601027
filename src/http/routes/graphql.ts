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
  let lastGoodHost: string | null = null
  return {
    method: ['GET', 'POST'],
    url: path,
    onRequest: (request, reply, done) => {
      const { host } = request
      // RFC 9112 3.2: a bad Host answers 400.
      if (host !== lastGoodHost && !URL.canParse(`http://${host}/`)) {
        answerBadRequest(request, reply, 'The Host header is not valid.')
        return
      }
      lastGoodHost = host
      done()
    },
    handler,
    onSend: (_request, reply, payload, done) => {
      if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'private, no-store')
      reply.header('vary', 'Accept, Authorization, Cookie, Origin, X-API-Key')
      // The landing page of Apollo Server carries a policy of its own; ours would forbid all that it does.
      if (isPage(reply.getHeader('content-type'))) {
        reply.header('content-security-policy', "frame-ancestors 'none'")
      }
      done(null, payload)
    },
  }
}

const isPage = (contentType: unknown) =>
  typeof contentType === 'string' && contentType.startsWith('text/html')
