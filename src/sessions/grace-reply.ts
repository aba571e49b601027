import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'

const CIPHER = 'aes-256-gcm'
const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16
const KEY_PURPOSE = 'fieldgate refresh grace v1'

/** Binds a sealed reply to its place: moved to another row or generation, it does not open. */
export type ReplyPlace = { sessionId: string; generation: number }

/**
 * Seals the successor of a refresh token for whoever shows that token again. The key is derived from the token (RFC
 * 5869), of which the row holds only the hash: the database alone opens nothing.
 * The layout is nonce, tag, ciphertext.
 */
export function sealReply(
  successor: string,
  oldToken: string,
  place: ReplyPlace,
  randomBytes: (size: number) => Buffer,
): Buffer {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(CIPHER, keyFrom(oldToken), nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(spell(place))
  const ciphertext = Buffer.concat([cipher.update(successor, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), ciphertext])
}

/** The successor that was sealed; throws when token, place or bytes are not those of the sealing. */
export function openReply(sealed: Buffer, oldToken: string, place: ReplyPlace): string {
  const nonce = sealed.subarray(0, NONCE_BYTES)
  const tag = sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES)
  const ciphertext = sealed.subarray(NONCE_BYTES + TAG_BYTES)
  const decipher = createDecipheriv(CIPHER, keyFrom(oldToken), nonce, { authTagLength: TAG_BYTES })
  decipher.setAAD(spell(place))
  decipher.setAuthTag(tag)
  return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8')
}

function keyFrom(token: string): Buffer {
  return Buffer.from(hkdfSync('sha256', token, '', KEY_PURPOSE, KEY_BYTES))
}

function spell({ sessionId, generation }: ReplyPlace): Buffer {
  return Buffer.from(`${sessionId}:${generation}`)
}
