import { type ApolloServer, HeaderMap, type HTTPGraphQLRequest } from '@apollo/server'
import type { FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify'
import type { Context } from './context.js'

type ContextOf = (request: FastifyRequest, reply: FastifyReply) => Promise<Context>

/** Answers a Fastify route by Apollo Server. See docs/decisions/0009: the usual package makes a URL of each request. */
export function createHttpHandler(apollo: ApolloServer<Context>, contextOf: ContextOf): RouteHandlerMethod {
  return async (request, reply) => {
    const { status, headers, body } = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: requestOf(request),
      context: () => contextOf(request, reply),
    })
    if (body.kind !== 'complete') throw new Error('Incremental delivery is not served.')
    for (const [name, value] of headers) reply.header(name, value)
    reply.code(status ?? 200)
    return body.string
  }
}

function requestOf({ method, url, headers: sent, body }: FastifyRequest): HTTPGraphQLRequest {
  const headers = new HeaderMap()
  for (const name in sent) {
    const value = sent[name]
    if (value) headers.set(name, Array.isArray(value) ? value.join(', ') : value)
  }
  const search = url.indexOf('?')
  return { method, headers, search: search === -1 ? '' : url.slice(search), body }
}
