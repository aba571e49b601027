import jwt from 'jsonwebtoken'
import { accessTokenType } from './access-token.js'
import type { KeyMaterial } from './key-material.js'

export type AccessTokenRequest = {
  userId: string
  /** null, as `authTime`, for a token that a client gets for itself: `userId` is the client's id then (RFC 9068 2.2). */
  sessionId: string | null
  clientId: string
  scopes: readonly string[]
  /** When the user proved who they are. */
  authTime: Date | null
  /** The place in the log of revocations as of which the rights of this token were read. */
  asOf: number
}

export type SignedAccessToken = {
  token: string
  tokenId: string
  issuedAtSeconds: number
  expiresAtSeconds: number
  expiresInSeconds: number
}

export type AccessTokenSignerOptions = {
  /** `PUBLIC_URL`, byte for byte. */
  issuer: string
  audience: string
  accessTokenSeconds: number
  keys: { current(): Pick<KeyMaterial, 'keyId' | 'algorithm' | 'signingKey'> }
  now: () => Date
  randomBytes: (size: number) => Buffer
}

export type SignAccessToken = (request: AccessTokenRequest) => SignedAccessToken

/** Signs JWT access tokens by RFC 9068. Synchronous. */
export function createAccessTokenSigner(options: AccessTokenSignerOptions): SignAccessToken {
  const { issuer, audience, accessTokenSeconds, keys, now, randomBytes } = options
  return ({ userId, sessionId, clientId, scopes, authTime, asOf }) => {
    const { keyId, algorithm, signingKey } = keys.current()
    const issuedAtSeconds = toSeconds(now())
    const expiresAtSeconds = issuedAtSeconds + accessTokenSeconds
    const tokenId = randomBytes(16).toString('base64url')
    const claims = {
      iss: issuer,
      aud: audience,
      sub: userId,
      client_id: clientId,
      iat: issuedAtSeconds,
      exp: expiresAtSeconds,
      jti: tokenId,
      ...(scopes.length > 0 && { scope: scopes.join(' ') }),
      ...(sessionId !== null && { sid: sessionId }),
      ...(authTime !== null && { auth_time: toSeconds(authTime) }),
      as_of: asOf,
    }
    const header = { alg: algorithm, typ: accessTokenType, kid: keyId }
    const token = jwt.sign(claims, signingKey, { algorithm, header })
    return { token, tokenId, issuedAtSeconds, expiresAtSeconds, expiresInSeconds: accessTokenSeconds }
  }
}

function toSeconds(moment: Date): number {
  return Math.floor(moment.getTime() / 1000)
}
