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
  /** Ends the session of a refresh token of this client's; does nothing where there is none. */
  endSessionOfToken(token: { refreshToken: string; clientId: string } & RequestOrigin): Promise<void>
}

/**
 * RFC 7009. Whichever token is shown, its session ends, with all tokens that it has (2.1). What is unknown, ended or
 * another client's is answered alike: with 200, since afterwards it is not good for this client (2.2).
 */
export function revocationEndpoint(deps: RevocationDependencies): RouteOptions {
  return clientEndpoint(deps, '/oauth/revoke', async (request) => {
    const token = required(request.form, 'token')
    const { client, origin } = request
    await deps.endSessionOfToken({ refreshToken: token, clientId: client.id, ...requestOrigin(origin) })
    const caller = await deps.verifyAccessToken(token)
    if (isCaller(caller) && caller.clientId === client.id) await endSessionOf(deps, caller, request)
    return null
  })
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
