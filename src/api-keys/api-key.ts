import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** A credential of a user for programs, with scopes of its own. A row of `api_keys`; the key itself is kept nowhere. */
export type ApiKey = {
  id: string
  userId: string
  /** What the owner calls it. */
  name: string
  /** SHA-256 of the secret. */
  secretHash: Buffer
  /** What it may do at most; what it may do is also within what the roles of its owner give. */
  scopes: string[]
  createdAt: Date
  /** null: when it is revoked. */
  expiresAt: Date | null
  /** To about a minute; null while nobody has used it. */
  lastUsedAt: Date | null
  revokedAt: Date | null
}

/** What a key says of itself: the row, and the proof that whoever shows it was given it. */
export type ApiKeyProof = { id: string; secretHash: Buffer }

export const secretBytes = 32

const prefix = 'fg_'
const checksumBytes = 4
// 36 bytes are 48 characters of base64url with no bit to spare: each key has exactly one spelling.
const format = /^fg_([0-9a-f]{32})_([A-Za-z0-9_-]{48})$/

/**
 * `fg_`, the id of the row, `_`, the secret and a checksum of all that: a secret scanner tells it from other text by
 * the prefix and, without asking anybody, a real one from a made up one by the checksum.
 */
export function formatApiKey(id: string, secret: Buffer): string {
  const name = id.replaceAll('-', '')
  return `${prefix}${name}_${Buffer.concat([secret, checksumOf(name, secret)]).toString('base64url')}`
}

/** null: not a key that this server made, whatever the rows say. */
export function parseApiKey(text: string): ApiKeyProof | null {
  const [, name, rest] = format.exec(text) ?? []
  if (name === undefined || rest === undefined) return null
  const bytes = Buffer.from(rest, 'base64url')
  const secret = bytes.subarray(0, secretBytes)
  if (!checksumOf(name, secret).equals(bytes.subarray(secretBytes))) return null
  const id = name.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  return { id, secretHash: hashSecret(secret) }
}

/** Tells a key from an access token by its looks. */
export function isApiKey(credential: string): boolean {
  return credential.startsWith(prefix)
}

// No salt and no stretching: the input is random, so there is nothing to guess.
export function hashSecret(secret: Buffer): Buffer {
  return createHash('sha256').update(secret).digest()
}

function checksumOf(name: string, secret: Buffer): Buffer {
  const checksum = Buffer.alloc(checksumBytes)
  checksum.writeUInt32BE(crc32(secret, crc32(name)))
  return checksum
}
