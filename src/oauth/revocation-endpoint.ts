import type { RouteOptions } from 'fastify'
import { type BadCredential, type Caller, isCaller } from '../authentication/caller.js'
import {
  clientEndpoint,
  type EndpointDependencies,
  type EndpointRequest,
  type RequestOrigin,
  requestOrigin,
} from './endpoint.js'
import { required } from './form.js'
import { OAuthError } from './oauth-error.js'

export type RevocationDependencies = EndpointDependencies & {
  /** Proves an access token. */
  verifyAccessToken(token: string): Caller | BadCredential | Promise<Caller | BadCredential>
  /** Ends a session; does nothing where it has ended. */
  endSession(session: { userId: string; sessionId: string } & RequestOrigin): Promise<void>
  /** Ends the session of a refresh token of this client's. `foreign`: it is good, and another client's. */
  endSessionOfToken(
    token: { refreshToken: string; clientId: string } & RequestOrigin,
  ): Promise<'ended' | 'missing' | 'foreign'>
}

/**
 * RFC 7009. Whichever token is shown, its session ends, with all tokens that it has (2.1). What is unknown, used up or
 * ended is answered with 200, since it is good for nobody (2.2). What is good and another client's is refused (2.1): that
 * tells only who holds a token that it is one.
 */
export function revocationEndpoint(deps: RevocationDependencies): RouteOptions {
  return clientEndpoint(deps, { url: '/oauth/revoke', config: { origins: 'any' } }, async (request) => {
    const token = required(request.form, 'token')
    const { client, origin } = request
    const shown = { refreshToken: token, clientId: client.id, ...requestOrigin(origin) }
    if ((await deps.endSessionOfToken(shown)) === 'foreign') throw issuedToAnother()
    const caller = await deps.verifyAccessToken(token)
    if (!isCaller(caller)) return null
    if (caller.clientId !== client.id) throw issuedToAnother()
    await endSessionOf(deps, caller, request)
    return null
  })
}

/** RFC 7009 2.2.1: the errors are those of RFC 6749 5.2, of which this one is for what "was issued to another client". */
function issuedToAnother(): OAuthError {
  return new OAuthError('invalid_grant', 'The token was issued to another client.')
}

async function endSessionOf(
  deps: RevocationDependencies,
  { id: userId, sessionId }: Caller,
  { origin }: EndpointRequest,
): Promise<void> {
  if (sessionId === null) {
    // It lives for minutes; an administrator can replace the secret, which ends all of them.
    throw new OAuthError('unsupported_token_type', 'A token without a session cannot be revoked alone.')
  }
  await deps.endSession({ userId, sessionId, ...requestOrigin(origin) })
}
