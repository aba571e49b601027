import type { Origin } from '../endpoint.js'
import { required } from '../form.js'
import type { Grant, IssuedTokens } from '../grant.js'

export type RefreshTokenGrantDependencies = {
  refresh(request: {
    refreshToken: string
    clientId: string
    clientScopes: readonly string[] | null
    origin: Origin
  }): Promise<IssuedTokens>
}

/**
 * RFC 6749 6. A `scope` is not looked at, as 3.3 allows: the answer says what was granted. That is never more than the
 * session was started with, or than the client may have now.
 */
export function refreshTokenGrant({ refresh }: RefreshTokenGrantDependencies): Grant {
  return ({ client, form, origin }) =>
    refresh({
      refreshToken: required(form, 'refresh_token'),
      clientId: client.id,
      clientScopes: client.scopes,
      origin,
    })
}
