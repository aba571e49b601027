import type { FastifyReply, FastifyRequest } from 'fastify'

/** For answers that are no pages: nothing to load, nothing to frame. */
const securityHeaders = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

/** OWASP ASVS 4 14.4.5, for this host alone: its subdomains can be somebody else's. */
const byTlsAlone = { 'strict-transport-security': 'max-age=31536000' }

export type SetStandardHeaders = (request: FastifyRequest, reply: FastifyReply) => void

/** What every answer carries. `publicUrl`: RFC 6797 7.2 wants no policy about TLS from where there is none. */
export function createStandardHeaders(publicUrl: string): SetStandardHeaders {
  const headers = publicUrl.startsWith('https:') ? { ...securityHeaders, ...byTlsAlone } : securityHeaders
  return (request, reply) => {
    reply.headers(headers).header('x-request-id', request.id)
  }
}
