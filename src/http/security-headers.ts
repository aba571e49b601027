import type { FastifyReply } from 'fastify'

/** For answers that are no pages: nothing to load, nothing to frame. */
const headers = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

export function setSecurityHeaders(reply: FastifyReply): void {
  reply.headers(headers)
}
