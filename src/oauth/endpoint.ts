import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import type { Logger } from 'pino'
import { authenticateClient, type ClientAuthenticationDependencies } from './client-authentication.js'
import { type Form, readForm } from './form.js'
import type { OAuthClient } from './oauth-client.js'
import { oauthErrorOf } from './oauth-error.js'

/** Where a request comes from, as sessions and the audit log remember it. */
export type Origin = { clientAddress: string; userAgent: string | null; requestId: string }

/** The same in the words of sessions and the audit log. */
export type RequestOrigin = { address: string; requestId: string }

export function requestOrigin({ clientAddress, requestId }: Origin): RequestOrigin {
  return { address: clientAddress, requestId }
}

export type EndpointRequest = {
  client: OAuthClient
  form: Form
  origin: Origin
  /** What a browser says of the page that asks (Fetch Metadata, Sec-Fetch-Site); null without a browser. */
  fetchSite: string | null
  /** Proves the client once more, as of now. @throws OAuthError invalid_client */
  authenticate(): Promise<OAuthClient>
}

/** The parameters of an answer; null for an empty one. */
export type Answer = Readonly<Record<string, unknown>> | null

export type EndpointDependencies = ClientAuthenticationDependencies & { log: Logger }

/** An address to which clients post forms, and prove who they are. */
export function clientEndpoint(
  deps: EndpointDependencies,
  place: Pick<RouteOptions, 'url' | 'config'>,
  handle: (request: EndpointRequest) => Promise<Answer>,
): RouteOptions {
  return {
    method: 'POST',
    ...place,
    errorHandler: (error, request, reply) => void refuse(deps.log, error, request, reply),
    handler: async (request, reply) => {
      const form = readForm(request.body)
      const authenticate = () => authenticateClient(deps, request.headers.authorization, form)
      const { 'sec-fetch-site': site } = request.headers
      const asked = {
        client: await authenticate(),
        form,
        origin: originOf(request),
        fetchSite: typeof site === 'string' ? site : null,
        authenticate,
      }
      return uncached(reply).send((await handle(asked)) ?? '')
    },
  }
}

export function originOf({ clientAddress, headers, id }: FastifyRequest): Origin {
  return { clientAddress, userAgent: headers['user-agent'] ?? null, requestId: id }
}

function refuse(log: Logger, cause: unknown, { id }: FastifyRequest, reply: FastifyReply) {
  const error = oauthErrorOf(cause)
  if (error.status >= 500) log.error({ requestId: id, err: cause }, 'an OAuth request failed')
  return uncached(reply)
    .code(error.status)
    .headers(error.headers)
    .send({ error: error.code, error_description: error.message })
}

// RFC 6749 5.1: both of them, wherever tokens may be.
function uncached(reply: FastifyReply): FastifyReply {
  return reply.header('cache-control', 'no-store').header('pragma', 'no-cache')
}
