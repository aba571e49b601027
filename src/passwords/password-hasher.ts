import { randomBytes as systemRandomBytes, timingSafeEqual } from 'node:crypto'
import { availableParallelism } from 'node:os'
import argon2 from 'argon2'
import { networkOf } from '../authentication/network.js'
import { verifyBcrypt } from './bcrypt.js'
import { preparePassword } from './prepare-password.js'
import type { Argon2Hash, Argon2Parameters } from './stored-hash.js'
import { formatArgon2id, isWeakerThan, parseStoredHash } from './stored-hash.js'
import { createWorkLimit, type WorkOwner } from './work-limit.js'

/** `match-outdated`: the password is right, and the hash is of a lesser kind than `hash` makes today: store a new one. */
export type PasswordVerdict = 'match' | 'match-outdated' | 'mismatch'

/** Who asks, so that no network takes all the places where passwords wait for their turn. */
export type Asker = {
  /** From where; null for the server itself. */
  address: string | null
  /** Fires when the client goes away: it leaves its place to others. */
  signal?: AbortSignal | undefined
}

export type PasswordHasher = {
  /** Password -> PHC string of argon2id. Throws TypeError for what the password rules refuse: check these first. */
  hash(password: string, asker: Asker): Promise<string>
  /**
   * One check of work, whatever is wrong: `null` (nobody of that name), an unusable hash, an empty or over-long
   * password all cost the hash that a mismatch costs. A hash from elsewhere (bcrypt, other argon2 parameters)
   * costs what its own parameters say, until the first sign-in upgrades it.
   */
  verify(password: string, storedHash: string | null, asker: Asker): Promise<PasswordVerdict>
}

export type DeriveArgon2 = (
  password: string,
  by: Omit<Argon2Hash, 'scheme' | 'digest'>,
  bytes: number,
) => Promise<Buffer>

export type PasswordHasherOptions = {
  /** Cost of new hashes. Default: OWASP Password Storage Cheat Sheet, argon2id m=19456 KiB, t=2, p=1. */
  parameters?: Argon2Parameters
  /** Checks that run at once. Default: one a core, at most 3, so that one of libuv's 4 threads serves files and DNS. */
  concurrency?: number
  /** Checks that wait; beyond that `hash` and `verify` reject with RATE_LIMITED. */
  queueLimit?: number
  /** Those of one network among them. */
  queueShare?: number
  retryAfterSeconds?: number
  /** Told why a stored hash cannot be used; the user just sees wrong credentials. */
  onUnusableHash?: (reason: string) => void
  randomBytes?: (size: number) => Buffer
  deriveArgon2?: DeriveArgon2
}

export const owaspParameters: Argon2Parameters = { memoryKib: 19456, passes: 2, lanes: 1 }
const saltBytes = 16
const digestBytes = 32

/** The one place that hashes and compares passwords, a bounded number at a time. */
export function createPasswordHasher({
  parameters = owaspParameters,
  concurrency = Math.min(availableParallelism(), 3),
  queueLimit = 200,
  queueShare = Math.ceil(queueLimit / 4),
  retryAfterSeconds = 2,
  onUnusableHash = () => {},
  randomBytes = systemRandomBytes,
  deriveArgon2 = deriveWithArgon2,
}: PasswordHasherOptions = {}): PasswordHasher {
  const limited = createWorkLimit({ concurrency, queueLimit, queueShare, retryAfterSeconds })
  const today = { variant: 'argon2id', version: 0x13, parameters } as const

  async function verifyArgon2(password: string, stored: Argon2Hash): Promise<PasswordVerdict> {
    const digest = await deriveArgon2(password, stored, stored.digest.length)
    if (!timingSafeEqual(digest, stored.digest)) return 'mismatch'
    return isWeakerThan(stored, parameters) ? 'match-outdated' : 'match'
  }

  async function verifyAgainstNobody(password: string): Promise<PasswordVerdict> {
    await deriveArgon2(password, { ...today, salt: Buffer.alloc(saltBytes) }, digestBytes)
    return 'mismatch'
  }

  async function verifyNow(
    typed: string,
    prepared: string,
    storedHash: string | null,
  ): Promise<PasswordVerdict> {
    if (storedHash === null) return verifyAgainstNobody(prepared)
    const stored = parseStoredHash(storedHash)
    if (stored.scheme === 'argon2') return verifyArgon2(prepared, stored)
    if (stored.scheme === 'unusable') {
      onUnusableHash(stored.reason)
      return verifyAgainstNobody(prepared)
    }
    // As typed: whoever made this hash knew nothing of how passwords are prepared here.
    const verdict = await verifyBcrypt(typed, stored.text)
    return verdict === 'match' ? 'match-outdated' : 'mismatch'
  }

  return {
    async hash(password, asker) {
      const prepared = preparePassword(password)
      if (prepared === null) throw new TypeError('Not a password: check the password rules before hashing')
      const salt = randomBytes(saltBytes)
      const digest = await limited(
        () => deriveArgon2(prepared, { ...today, salt }, digestBytes),
        ownerOf(asker),
      )
      return formatArgon2id(parameters, salt, digest)
    },

    async verify(password, storedHash, asker) {
      const prepared = preparePassword(password)
      const owner = ownerOf(asker)
      if (prepared !== null) return limited(() => verifyNow(password, prepared, storedHash), owner)
      await limited(() => verifyNow('', '', storedHash), owner)
      return 'mismatch'
    },
  }
}

function ownerOf({ address, signal }: Asker): WorkOwner {
  return { from: address === null ? null : networkOf(address), signal }
}

const deriveWithArgon2: DeriveArgon2 = (password, { variant, version, parameters, salt }, bytes) =>
  argon2.hash(password, {
    raw: true,
    type: argon2[variant],
    version,
    memoryCost: parameters.memoryKib,
    timeCost: parameters.passes,
    parallelism: parameters.lanes,
    salt,
    hashLength: bytes,
  })
