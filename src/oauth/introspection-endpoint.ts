import type { RouteOptions } from 'fastify'
import { type BadCredential, type Caller, isCaller } from '../authentication/caller.js'
import { invalidClient } from './client-authentication.js'
import { clientEndpoint, type EndpointDependencies } from './endpoint.js'
import { required } from './form.js'

export type IntrospectionDependencies = EndpointDependencies & {
  issuer: string
  audience: string
  /** Proves an access token, and that nothing it rests on was revoked. */
  verifyAccessToken(token: string): Caller | BadCredential | Promise<Caller | BadCredential>
  /** What else the access token says that this caller came with; null where it came with none. */
  findAccessToken(caller: Caller): { tokenId: string; issuedAtSeconds: number } | null
}

/**
 * RFC 7662, for servers that are confidential clients: whether an access token is good now, and for what. Refresh tokens
 * are between their client and this server: nobody else is told of them.
 */
export function introspectionEndpoint(deps: IntrospectionDependencies): RouteOptions {
  return clientEndpoint(deps, { url: '/oauth/introspect' }, async ({ client, form }) => {
    if (client.kind === 'public') throw invalidClient('Only a client with a secret may ask.')
    const caller = await deps.verifyAccessToken(required(form, 'token'))
    // 2.2: why a token is not active is nobody's business.
    return isCaller(caller) ? describe(deps, caller) : { active: false }
  })
}

// RFC 7662 2.2. `aud` is for the server that asks: a token for another audience it must refuse (RFC 9068 4).
function describe({ issuer, audience, findAccessToken }: IntrospectionDependencies, caller: Caller) {
  const { id, clientId, scopes, sessionId, expiresAt } = caller
  const token = findAccessToken(caller)
  return {
    active: true,
    token_type: 'Bearer',
    iss: issuer,
    aud: audience,
    sub: id,
    client_id: clientId,
    scope: scopes.join(' '),
    exp: Math.floor(expiresAt.getTime() / 1000),
    ...(token !== null && { iat: token.issuedAtSeconds, jti: token.tokenId }),
    ...(sessionId !== null && { sid: sessionId }),
  }
}
