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
    reply.code(isUnknownDocument(headers, body.string) ? 404 : (status ?? 200))
    return body.string
  }
}

/**
 * A persisted document that is not known, told in the media type in which no answer without data is a success (GraphQL over
 * HTTP, "Status Codes"). Apollo Server says 200 in any. In JSON that stays: clients that know no other type look no further
 * when it is anything else.
 */
function isUnknownDocument(headers: HeaderMap, body: string): boolean {
  const isGraphql = headers.get('content-type')?.startsWith('application/graphql-response+json') === true
  return isGraphql && body.startsWith('{"errors":[{"message":"PersistedQueryNotFound"')
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
