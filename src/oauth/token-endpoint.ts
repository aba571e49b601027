import type { RouteOptions } from 'fastify'
import { clientEndpoint, type EndpointDependencies, type EndpointRequest, requestOrigin } from './endpoint.js'
import { required } from './form.js'
import type { Grant, IssuedTokens } from './grant.js'
import { OAuthError } from './oauth-error.js'
import type { RevocationDependencies } from './revocation-endpoint.js'

export type TokenDependencies = EndpointDependencies & {
  /** Ends the session of a refresh token that nobody was given. */
  discardSession: RevocationDependencies['endSessionOfToken']
}

/** RFC 6749 3.2: exchanges a grant for tokens. */
export function tokenEndpoint(deps: TokenDependencies, grants: ReadonlyMap<string, Grant>): RouteOptions {
  return clientEndpoint(deps, { url: '/oauth/token', config: { origins: 'any' } }, async (request) => {
    const grantType = required(request.form, 'grant_type')
    const grant = grants.get(grantType)
    if (grant === undefined) {
      throw new OAuthError('unsupported_grant_type', 'This server has no such grant type.')
    }
    const tokens = await grant(request)
    try {
      await requireSameClient(request, grantType)
    } catch (error) {
      // A refresh keeps its session: the token that was shown can be used again.
      if (grantType !== 'refresh_token') await discard(deps, tokens, request)
      throw error
    }
    return tokenAnswer(tokens)
  })
}

/** Nobody will ever hold them. Where that fails, their session expires by itself. */
async function discard(
  deps: TokenDependencies,
  { refreshToken }: IssuedTokens,
  { client, origin }: EndpointRequest,
): Promise<void> {
  if (refreshToken === null) return
  try {
    await deps.discardSession({ refreshToken, clientId: client.id, ...requestOrigin(origin) })
  } catch (error) {
    deps.log.error(
      { requestId: origin.requestId, err: error },
      'a session that nobody was given could not be ended',
    )
  }
}

/**
 * What is taken from a client revokes the tokens whose place in the log of revocations is before it. One that was made
 * after it, for a client that was proven before it, is not handed out.
 */
async function requireSameClient(
  { client, authenticate }: EndpointRequest,
  grantType: string,
): Promise<void> {
  const { scopes } = await authenticate()
  if (scopes?.join(' ') === client.scopes?.join(' ')) return
  // A code is used up, and shown again it would count as stolen. Everything else can be asked for again.
  if (grantType === 'authorization_code') {
    throw new OAuthError('invalid_grant', 'The client has just been changed. Begin again with a new code.')
  }
  throw new OAuthError('temporarily_unavailable', 'The client has just been changed. Ask again.', {
    status: 503,
  })
}

// RFC 6749 5.1. The scope is always said: it need not be what was asked for.
function tokenAnswer({ accessToken, refreshToken, expiresInSeconds, scopes }: IssuedTokens) {
  return {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: expiresInSeconds,
    ...(refreshToken !== null && { refresh_token: refreshToken }),
    scope: scopes.join(' '),
  }
}
