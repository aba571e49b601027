import type { KeyObject } from 'node:crypto'
import type { Algorithm } from 'jsonwebtoken'
import jwt from 'jsonwebtoken'

export type JwsHeader = { alg: string; kid: string; typ: string | null }
export type ParsedJws = { header: JwsHeader; payload: Buffer }
export type JwsFault = { fault: string }
export type JwsKey = { algorithm: Algorithm; verificationKey: KeyObject }

const headerNames = new Set(['alg', 'kid', 'typ'])
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Takes a compact JWS apart (RFC 7515 7.1) without believing any of it. Every member of the header that we never
 * write is refused, so that none of `crit`, `b64`, `jwk`, `jku`, `x5u`, `x5c`, `x5t` can ever be heeded.
 */
export function parseJws(token: string): ParsedJws | JwsFault {
  const parts = token.split('.', 4)
  const [header, payload, signature] = parts.map(decodeCanonical)
  if (parts.length !== 3 || !header || !payload || !signature) {
    return { fault: 'The token is not three parts of canonical base64url.' }
  }
  const members = parseCanonicalObject(header)
  if (members === null) return { fault: 'The header of the token is not one plain JSON object.' }
  const { alg, kid, typ = null } = members
  if (!Object.keys(members).every((name) => headerNames.has(name))) {
    return { fault: 'The header of the token has a member that is not accepted.' }
  }
  if (typeof alg !== 'string' || typeof kid !== 'string' || !(typ === null || typeof typ === 'string')) {
    return { fault: 'The header of the token lacks alg or kid.' }
  }
  return { header: { alg, kid, typ }, payload }
}

/** Whether the key, with the key's own algorithm (RFC 8725 3.1), made the signature of a token that `parseJws` took. */
export function verifySignature(token: string, { alg }: JwsHeader, key: JwsKey): 'genuine' | 'forged' {
  if (alg !== key.algorithm || isGuessable(key)) return 'forged'
  try {
    // Claims are checked elsewhere, all of them: this library leaves out those that are absent.
    jwt.verify(token, key.verificationKey, {
      algorithms: [key.algorithm],
      ignoreExpiration: true,
      ignoreNotBefore: true,
    })
    return 'genuine'
  } catch {
    return 'forged' // It throws for every kind of fault, of plain errors too (an ES256 signature of the wrong length).
  }
}

// RFC 7518 3.2: an HMAC secret is as long as the output of its hash, at least. The library takes any.
function isGuessable({ algorithm, verificationKey }: JwsKey): boolean {
  const { symmetricKeySize } = verificationKey
  return symmetricKeySize !== undefined && symmetricKeySize < Number(algorithm.slice(2)) / 8
}

/**
 * JSON as we write it: one object that reads the same when written again. Duplicate names (RFC 7515 4: MUST be
 * refused), white space, other spellings of a string or a number, and text that is no UTF-8 are all different then.
 */
export function parseCanonicalObject(bytes: Buffer): Record<string, unknown> | null {
  try {
    const text = utf8.decode(bytes)
    const value: unknown = JSON.parse(text)
    return isObject(value) && JSON.stringify(value) === text ? value : null
  } catch {
    return null
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** `null` for what is empty or has another spelling: padding, other alphabets, unused bits that are not zero. */
function decodeCanonical(part: string): Buffer | null {
  const bytes = Buffer.from(part, 'base64url')
  return part !== '' && bytes.toString('base64url') === part ? bytes : null
}
