import { createHash } from 'node:crypto'

const prefix = 'fgr_' // tells people and secret scanners what it is
const familyBytes = 16
const secretBytes = 32
// 48 bytes are 64 characters of base64url with no bit to spare: each token has exactly one spelling.
const tokenFormat = /^fgr_[A-Za-z0-9_-]{64}$/

/**
 * `fgr_` and 48 random bytes: 16 that all tokens of a family share, 32 (256 bits) of this token alone. The shared
 * part finds the family of a token of any age, with one row a session; and nobody who never held one of its tokens
 * can end a family, since knowing a session's id is not knowing its secret.
 */
export type RefreshToken = { token: string; family: Buffer; familyHash: Buffer; tokenHash: Buffer }

type RandomBytes = (size: number) => Buffer

export function createRefreshToken(randomBytes: RandomBytes): RefreshToken {
  return refreshTokenOf(randomBytes(familyBytes), randomBytes(secretBytes))
}

/** Another token of the same family. */
export function succeed(token: RefreshToken, randomBytes: RandomBytes): RefreshToken {
  return refreshTokenOf(token.family, randomBytes(secretBytes))
}

/** null: not a refresh token of this server, whatever the rows say. */
export function parseRefreshToken(token: string): RefreshToken | null {
  if (!tokenFormat.test(token)) return null
  const bytes = Buffer.from(token.slice(prefix.length), 'base64url')
  return refreshTokenOf(bytes.subarray(0, familyBytes), bytes.subarray(familyBytes))
}

function refreshTokenOf(family: Buffer, secret: Buffer): RefreshToken {
  const token = prefix + Buffer.concat([family, secret]).toString('base64url')
  return { token, family, familyHash: sha256(family), tokenHash: sha256(token) }
}

// No salt and no stretching: the input is random, so there is nothing to guess.
function sha256(input: Buffer | string): Buffer {
  return createHash('sha256').update(input).digest()
}
