import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/**
 * UUIDs, ULIDs, trace ids. Everything that a token of ours has and these lack is refused, because the id goes to
 * the log as it is: a JWT has dots, an opaque token 43 characters, an API key an underscore.
 */
const wellFormed = /^[A-Za-z0-9-]{8,36}$/

/** The client's `x-request-id` when it is well-formed, else a new one. */
export function requestIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id']
  return typeof given === 'string' && wellFormed.test(given) ? given : randomUUID()
}
