import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'

const algorithm = 'aes-256-gcm'
const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16
const keyPurpose = 'fieldgate refresh grace v1'

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
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv(algorithm, keyFrom(oldToken), nonce, { authTagLength: tagBytes })
  cipher.setAAD(spell(place))
  const ciphertext = Buffer.concat([cipher.update(successor, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), ciphertext])
}

/** The successor that was sealed; throws when token, place or bytes are not those of the sealing. */
export function openReply(sealed: Buffer, oldToken: string, place: ReplyPlace): string {
  const nonce = sealed.subarray(0, nonceBytes)
  const tag = sealed.subarray(nonceBytes, nonceBytes + tagBytes)
  const ciphertext = sealed.subarray(nonceBytes + tagBytes)
  const decipher = createDecipheriv(algorithm, keyFrom(oldToken), nonce, { authTagLength: tagBytes })
  decipher.setAAD(spell(place))
  decipher.setAuthTag(tag)
  return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8')
}

function keyFrom(token: string): Buffer {
  return Buffer.from(hkdfSync('sha256', token, '', keyPurpose, keyBytes))
}

function spell({ sessionId, generation }: ReplyPlace): Buffer {
  return Buffer.from(`${sessionId}:${generation}`)
}
