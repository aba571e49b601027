import { readScopes } from '../form.js'
import type { Grant } from '../grant.js'
import { OAuthError } from '../oauth-error.js'

export type ClientCredentialsGrantDependencies = {
  /** The end of the log of revocations, read before the rights of a client: what is lost later counts. */
  revocationsAsOf(): Promise<number>
  /** What both allow, implied scopes counted on both sides. */
  grantedScopes(asked: readonly string[], given: readonly string[]): readonly string[]
  /** For a token that a client gets for itself: no session, no user. */
  signAccessToken(request: ClientToken): { token: string; expiresInSeconds: number }
}

export type ClientToken = {
  userId: string
  sessionId: null
  authTime: null
  clientId: string
  scopes: readonly string[]
  asOf: number
}

/** RFC 6749 4.4: a confidential client acts for itself. There is no refresh token (4.4.3): it can ask again. */
export function clientCredentialsGrant(deps: ClientCredentialsGrantDependencies): Grant {
  return async ({ client: { id, kind, scopes: given }, form }) => {
    if (kind === 'public')
      throw new OAuthError('unauthorized_client', 'A public client cannot act for itself.')
    const asOf = await deps.revocationsAsOf()
    const scopes = deps.grantedScopes(readScopes(form) ?? given ?? [], given ?? [])
    if (scopes.length === 0) throw new OAuthError('invalid_scope', 'Nothing of this can be granted.')
    const request = { userId: id, sessionId: null, authTime: null, clientId: id, scopes, asOf }
    const { token, expiresInSeconds } = deps.signAccessToken(request)
    return { accessToken: token, refreshToken: null, expiresInSeconds, scopes }
  }
}
