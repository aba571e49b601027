import type { KeyObject } from 'node:crypto'
import { createSecretKey, hkdfSync } from 'node:crypto'
import { nonceBytes, openBox, sealBox } from './sealed-box.js'

/** Seals secrets that rest in the database. Sealed text names the version of the master key that opens it. */
export type MasterKey = {
  /** Of the newest key: what `seal` uses. Derived from the key, so that nobody has to number keys. */
  readonly version: string
  /** @param context what is sealed, for whom; `open` must be given the same */
  seal(plaintext: Buffer, context: string): string
  /** @throws MasterKeyError when no key fits, or the text is not what was sealed for this context */
  open(sealed: string, context: string): Buffer
  versionOf(sealed: string): string | null
}

/** What cannot be opened. The message names the remedy, for the operator. */
export class MasterKeyError extends Error {
  override readonly name = 'MasterKeyError'
}

export type MasterKeyOptions = {
  /** 32 bytes in base64. */
  current: string
  /** Earlier ones, which still open what they sealed. */
  previous?: readonly string[]
  randomBytes: (size: number) => Buffer
}

const format = 'v1'

/** @throws MasterKeyError for a key that is not 32 bytes in base64 */
export function createMasterKey({ current, previous = [], randomBytes }: MasterKeyOptions): MasterKey {
  const newest = deriveVersion(current)
  const versions = new Map([...previous.map(deriveVersion), newest].map((key) => [key.version, key]))

  return {
    version: newest.version,
    versionOf,

    seal(plaintext, context) {
      const prefix = `${format}.${newest.version}`
      const box = sealBox(newest.key, plaintext, `${prefix}.${context}`, randomBytes(nonceBytes))
      return `${prefix}.${box.toString('base64url')}`
    },

    open(sealed, context) {
      const version = versionOf(sealed)
      if (version === null)
        throw new MasterKeyError(`${context}: this is not sealed text of the format ${format}`)
      const found = versions.get(version)
      if (found === undefined)
        throw new MasterKeyError(explainMissing(context, version, [...versions.keys()]))
      const text = sealed.slice(format.length + version.length + 2)
      const box = Buffer.from(text, 'base64url')
      const isCanonical = box.toString('base64url') === text
      const plaintext = isCanonical ? openBox(found.key, box, `${format}.${version}.${context}`) : null
      if (plaintext === null) {
        throw new MasterKeyError(
          `${context}: the sealed text was changed, or belongs to something else. Restore it from a backup.`,
        )
      }
      return plaintext
    },
  }
}

function versionOf(sealed: string): string | null {
  return /^v1\.([0-9a-f]{16})\./.exec(sealed)?.[1] ?? null
}

function deriveVersion(base64: string): { version: string; key: KeyObject } {
  const secret = Buffer.from(base64, 'base64')
  if (secret.length !== 32)
    throw new MasterKeyError('A master key is 32 bytes in base64: openssl rand -base64 32')
  // One key for one use: the master key itself encrypts nothing, and its name tells nothing about it.
  const derive = (use: string, bytes: number) =>
    Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), `fieldgate master key: ${use}`, bytes))
  return { version: derive('version', 8).toString('hex'), key: createSecretKey(derive('sealed boxes', 32)) }
}

function explainMissing(context: string, version: string, known: readonly string[]): string {
  return (
    `${context} is sealed under the master key ${version}, but only ${known.join(', ')} was given. ` +
    'Start with the MASTER_KEY that this database was used with; if you have just replaced it, put the old one ' +
    'into MASTER_KEY_PREVIOUS until everything is sealed anew.'
  )
}
