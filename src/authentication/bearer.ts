import type { Authenticator, CredentialSource } from './authenticator.js'
import type { BadCredential, Caller } from './caller.js'

export type BearerOptions = {
  /** Proves an access token. Synchronous for a token that is known already. */
  verifyAccessToken: (token: string) => Caller | BadCredential | Promise<Caller | BadCredential>
}

// RFC 6750 2.1: credentials = "Bearer" 1*SP b64token; RFC 9110 11.1: the scheme is case-insensitive.
const credentials = /^[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9._~+/-]+=*)$/

/**
 * Reads `Authorization: Bearer ...` (RFC 6750 2.1). An `Authorization` header that is not exactly one bearer
 * credential is `invalid_request`, `Basic` and other schemes too: nothing here takes them, and who sends a
 * credential meant to be somebody, so the request must not go on as nobody's.
 */
export function createBearerAuthenticator({ verifyAccessToken }: BearerOptions): Authenticator {
  return (source) => {
    const { authorization } = source.headers
    if (authorization === undefined) return null
    // RFC 9110 5.3: Authorization is no list; Node keeps the first of several, which another reader may not.
    if (countAuthorizationHeaders(source) > 1)
      return malformed('More than one Authorization header was sent.')
    const token = credentials.exec(authorization)?.[1]
    if (token === undefined) return malformed('The Authorization header must be Bearer and one token.')
    return verifyAccessToken(token)
  }
}

function countAuthorizationHeaders({ rawHeaders }: CredentialSource): number {
  let count = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]
    if (name?.length === 13 && name.toLowerCase() === 'authorization') count += 1
  }
  return count
}

function malformed(description: string): BadCredential {
  return Object.freeze({ error: 'invalid_request', description })
}
