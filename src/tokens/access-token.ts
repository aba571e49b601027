import { parseCanonicalObject } from './strict-jws.js'

/** RFC 9068 2.1. */
export const accessTokenType = 'at+jwt'

/** What a token that passed every check says. Frozen, and the same object each time the token is shown. */
export type VerifiedAccessToken = {
  /** The user; for a token that a client got for itself, the client. */
  readonly userId: string
  /** null for a token that a client got for itself. */
  readonly sessionId: string | null
  readonly clientId: string
  readonly scopes: readonly string[]
  readonly tokenId: string
  readonly issuedAtSeconds: number
  readonly expiresAtSeconds: number
  /** When the user proved who they are; null where there is none. */
  readonly authTimeSeconds: number | null
  /** The place in the log of revocations as of which its rights were read. */
  readonly asOf: number
  /** The key that signed it. */
  readonly keyId: string
}

/** RFC 6750 3.1. The description is constant text, fit for `WWW-Authenticate`. */
export type InvalidToken = { readonly error: 'invalid_token'; readonly description: string }

export type ExpectedClaims = {
  issuer: string
  audience: string
  nowSeconds: number
  /** How far ahead of ours the clock that issued the token may be. */
  leewaySeconds: number
}

export function invalidToken(description: string): InvalidToken {
  return Object.freeze({ error: 'invalid_token', description })
}

/** RFC 9068 4: `at+jwt` or `application/at+jwt`; media types are compared without regard to case (RFC 7515 4.1.9). */
export function isAccessTokenType(typ: string | null): boolean {
  return typ !== null && typ.toLowerCase().replace(/^application\//, '') === accessTokenType
}

/** The claims of RFC 9068 2.2, with our own `as_of` (RFC 7519 4.3): each present, of its type, and true now. */
export function readClaims(
  payload: Buffer,
  keyId: string,
  expected: ExpectedClaims,
): VerifiedAccessToken | InvalidToken {
  const claims = parseCanonicalObject(payload)
  if (claims === null) return invalidToken('The payload of the token is not one plain JSON object.')
  const { iss, aud, sub, client_id: clientId, jti, iat, exp, nbf = iat, as_of: asOf } = claims
  const scopes = parseScope(claims.scope)
  const signIn = readSignIn(claims)
  if (
    !isName(sub) ||
    !isName(clientId) ||
    !isName(jti) ||
    !isPosition(asOf) ||
    scopes === null ||
    signIn === null
  ) {
    return invalidToken('The token lacks a claim, or one is malformed.')
  }
  if (!isTime(iat) || !isTime(exp) || !isTime(nbf) || exp <= iat) {
    return invalidToken('The times of the token are missing or malformed.')
  }
  if (iss !== expected.issuer) return invalidToken('The token was issued by another server.')
  if (!isAudience(aud, expected.audience)) return invalidToken('The token is for another audience.')
  if (Math.max(iat, nbf, signIn.authTimeSeconds ?? iat) > expected.nowSeconds + expected.leewaySeconds) {
    return invalidToken('The token is not valid yet.')
  }
  if (exp <= expected.nowSeconds) return invalidToken('The token has expired.')
  return Object.freeze({
    userId: sub,
    ...signIn,
    clientId,
    scopes: Object.freeze(scopes),
    tokenId: jti,
    issuedAtSeconds: iat,
    expiresAtSeconds: exp,
    asOf,
    keyId,
  })
}

type SignIn = Pick<VerifiedAccessToken, 'sessionId' | 'authTimeSeconds'>

/** `sid` and `auth_time`: both, or neither in a token that a client got for itself (RFC 9068 2.2: `sub` is the client). */
function readSignIn({ sid, auth_time: authTime, sub, client_id: clientId }: Claims): SignIn | null {
  if (isName(sid) && isTime(authTime)) return { sessionId: sid, authTimeSeconds: authTime }
  const hasNone = sid === undefined && authTime === undefined
  return hasNone && sub === clientId ? { sessionId: null, authTimeSeconds: null } : null
}

type Claims = Readonly<Record<string, unknown>>

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= 255
}

// RFC 7519 2 allows times with fractions; nobody who issues tokens for us writes them.
function isTime(value: unknown): value is number {
  return isPosition(value) && value > 0
}

function isPosition(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

// RFC 7519 4.1.3: one string, or an array of strings.
function isAudience(aud: unknown, ours: string): boolean {
  if (!Array.isArray(aud)) return aud === ours
  return aud.every((item) => typeof item === 'string') && aud.includes(ours)
}

// RFC 6749 3.3: scope-token *( SP scope-token ). Absent: a token without any scope.
const scopePattern = /^[!#-[\]-~]+(?: [!#-[\]-~]+)*$/

function parseScope(scope: unknown): string[] | null {
  if (scope === undefined) return []
  return typeof scope === 'string' && scopePattern.test(scope) ? scope.split(' ') : null
}
