import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { forwardedFor, type TrustedProxies } from './client-address.js'
import { sentRequestIdOf } from './request-id.js'
import type { SetStandardHeaders } from './standard-headers.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who sent it, past the trusted proxies. `unknown` when the peer is gone already. */
    clientAddress: string
    /** Adds to the line that the log will have of the request. */
    note: (facts: Readonly<Record<string, unknown>>) => void
    facts: Readonly<Record<string, unknown>> | null
  }
}

const proxyUnknown =
  'X-Forwarded-For is not believed, and all who come through that proxy count as one client. If it is yours, name it in TRUSTED_PROXIES.'

export type IdentifyRequestsOptions = {
  log: Logger
  trustedProxies: readonly string[]
  proxies: TrustedProxies
  /** What else is done at the start of a request: a hook more is paid by every request. */
  setStandardHeaders: SetStandardHeaders
}

/** Says who sent a request, and has room for what the log will say of it. */
export function identifyRequests(
  app: FastifyInstance,
  { log, trustedProxies, proxies, setStandardHeaders }: IdentifyRequestsOptions,
): void {
  let tellsOfProxy = trustedProxies.length === 0
  app.decorateRequest('clientAddress', 'unknown')
  app.decorateRequest('facts', null)
  app.decorateRequest('note')
  app.addHook('onRequest', (request, reply, done) => {
    request.note = (facts) => {
      request.facts = { ...request.facts, ...facts }
    }
    const peer = request.socket.remoteAddress
    const forwarded = forwardedFor(request)
    if (forwarded !== undefined && tellsOfProxy) {
      tellsOfProxy = false
      log.warn({ peer }, proxyUnknown)
    }
    request.clientAddress = proxies.clientAddressOf(peer, forwarded)
    // For a front-end that looks for its requests by names of its own.
    const sent = sentRequestIdOf(request)
    if (sent !== null && sent !== request.id) request.note({ sentRequestId: sent })
    setStandardHeaders(request, reply)
    done()
  })
}
