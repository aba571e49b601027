import type { RouteOptions } from 'fastify'
import { type BadCredential, type Caller, isCaller } from '../authentication/caller.js'
import { clientEndpoint, type EndpointDependencies } from './endpoint.js'
import { required } from './form.js'
import { OAuthError } from './oauth-error.js'

export type IntrospectionDependencies = EndpointDependencies & {
  issuer: string
  /** Proves an access token, and that nothing it rests on was revoked. */
  verifyAccessToken(token: string): Caller | BadCredential | Promise<Caller | BadCredential>
}

/**
 * RFC 7662, for servers that are confidential clients: whether an access token is good now, and for what. Refresh tokens
 * are between their client and this server: nobody else is told of them.
 */
export function introspectionEndpoint(deps: IntrospectionDependencies): RouteOptions {
  return clientEndpoint(deps, '/oauth/introspect', async ({ client, form }) => {
    if (client.kind === 'public') {
      throw new OAuthError('invalid_client', 'Only a client with a secret may ask.', { status: 401 })
    }
    const caller = await deps.verifyAccessToken(required(form, 'token'))
    // 2.2: why a token is not active is nobody's business.
    return isCaller(caller) ? describe(caller, deps.issuer) : { active: false }
  })
}

function describe({ id, clientId, scopes, sessionId, expiresAt }: Caller, issuer: string) {
  return {
    active: true,
    token_type: 'Bearer',
    iss: issuer,
    sub: id,
    client_id: clientId,
    scope: scopes.join(' '),
    exp: Math.floor(expiresAt.getTime() / 1000),
    ...(sessionId !== null && { sid: sessionId }),
  }
}
