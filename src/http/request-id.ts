import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/**
 * UUIDs, ULIDs, trace ids. Everything that a token of ours has and these lack is refused, because the id goes to
 * the log as it is: a JWT has dots, an opaque token 43 characters, an API key an underscore.
 */
const wellFormed = /^[A-Za-z0-9-]{8,36}$/

/** The `x-request-id` that came with a request; null for none, and for one that is not well-formed. */
export function sentRequestIdOf({ headers }: Pick<IncomingMessage, 'headers'>): string | null {
  const sent = headers['x-request-id']
  return typeof sent === 'string' && wellFormed.test(sent) ? sent : null
}

type Sent = Pick<IncomingMessage, 'headers'> & { socket: { remoteAddress?: string | undefined } }

/**
 * Names a request, for the log and the audit: as a trusted proxy does, else anew. Anybody else could give it the name of
 * another request, which would then look like theirs.
 */
export function createRequestIdReader(
  isTrusted: (peerAddress: string | undefined) => boolean,
): (request: Sent) => string {
  return (request) => {
    const sent = sentRequestIdOf(request)
    return sent !== null && isTrusted(request.socket.remoteAddress) ? sent : randomUUID()
  }
}
