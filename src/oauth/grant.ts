import type { EndpointRequest } from './endpoint.js'

/** What a client gets (RFC 6749 5.1). */
export type IssuedTokens = {
  accessToken: string
  /** null where the client can ask again by itself. */
  refreshToken: string | null
  expiresInSeconds: number
  scopes: readonly string[]
}

/** One `grant_type`. @throws OAuthError, AppError */
export type Grant = (request: EndpointRequest) => Promise<IssuedTokens>
