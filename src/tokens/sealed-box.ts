import type { KeyObject } from 'node:crypto'
import { createCipheriv, createDecipheriv } from 'node:crypto'

// NIST SP 800-38D 8.2.2: 96 random bits of nonce are safe for 2^32 messages under a key.
export const nonceBytes = 12
const tagBytes = 16

/**
 * AES-256-GCM: nonce, ciphertext and tag in one piece. `context` says what the box is for; it is not in the box, and
 * a box opens only for the context it was sealed for.
 */
export function sealBox(key: KeyObject, plaintext: Buffer, context: string, nonce: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes }).setAAD(
    Buffer.from(context),
  )
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
}

/** `null` for a box that was changed, was sealed with another key, or for another context. */
export function openBox(key: KeyObject, box: Buffer, context: string): Buffer | null {
  if (box.length < nonceBytes + tagBytes) return null
  const ciphertext = box.subarray(nonceBytes, -tagBytes)
  const decipher = createDecipheriv('aes-256-gcm', key, box.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  })
    .setAAD(Buffer.from(context))
    .setAuthTag(box.subarray(-tagBytes))
  const plaintext = decipher.update(ciphertext)
  try {
    return Buffer.concat([plaintext, decipher.final()])
  } catch {
    return null // The only thing that final() can find wrong is the tag.
  }
}
