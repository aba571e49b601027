import { createHash, timingSafeEqual } from 'node:crypto'

/** What a user let a client have, until the client fetches it. A row of `authorization_codes`. */
export type AuthorizationCode = {
  /** SHA-256. */
  codeHash: Buffer
  clientId: string
  userId: string
  redirectUri: string
  scopes: string[]
  /** RFC 7636 4.2, S256. */
  codeChallenge: string
  authenticatedAt: Date
  expiresAt: Date
  /** What it was exchanged for; null before. */
  sessionId: string | null
}

export const codeSeconds = 60 // RFC 6749 4.1.2 recommends ten minutes at most; a redirect takes moments
const codeBytes = 32
const challengeFormat = /^[A-Za-z0-9_-]{43}$/
const verifierFormat = /^[A-Za-z0-9._~-]{43,128}$/ // RFC 7636 4.1

export function createCode(randomBytes: (size: number) => Buffer): string {
  return `fgc_${randomBytes(codeBytes).toString('base64url')}`
}

// No salt and no stretching: the input is random, so there is nothing to guess.
export function hashCode(code: string): Buffer {
  return createHash('sha256').update(code).digest()
}

export function isChallenge(text: string | undefined): text is string {
  return text !== undefined && challengeFormat.test(text)
}

/** RFC 7636 4.6. */
export function matchesChallenge(verifier: string, challenge: string): boolean {
  if (!verifierFormat.test(verifier)) return false
  const made = createHash('sha256').update(verifier).digest('base64url')
  return made.length === challenge.length && timingSafeEqual(Buffer.from(made), Buffer.from(challenge))
}
