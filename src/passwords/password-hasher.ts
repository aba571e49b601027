import { randomBytes as systemRandomBytes, timingSafeEqual } from 'node:crypto'
import { availableParallelism } from 'node:os'
import argon2 from 'argon2'
import { verifyBcrypt } from './bcrypt.js'
import { preparePassword } from './prepare-password.js'
import type { Argon2Hash, Argon2Parameters } from './stored-hash.js'
import { formatArgon2id, isWeakerThan, parseStoredHash } from './stored-hash.js'
import { createWorkLimit } from './work-limit.js'

/** `match-outdated`: the password is right, and the hash is of a lesser kind than `hash` makes today: store a new one. */
export type PasswordVerdict = 'match' | 'match-outdated' | 'mismatch'

/** `signal` is that of the client who asks: one that goes away while it waits leaves its place to others. */
export type PasswordHasher = {
  /** Password -> PHC string of argon2id. Throws TypeError for what the password rules refuse: check these first. */
  hash(password: string, signal?: AbortSignal): Promise<string>
  /**
   * One check of work, whatever is wrong: `null` (nobody of that name), an unusable hash, an empty or over-long
   * password all cost the hash that a mismatch costs. A hash from elsewhere (bcrypt, other argon2 parameters)
   * costs what its own parameters say, until the first sign-in upgrades it.
   */
  verify(password: string, storedHash: string | null, signal?: AbortSignal): Promise<PasswordVerdict>
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
  retryAfterSeconds = 2,
  onUnusableHash = () => {},
  randomBytes = systemRandomBytes,
  deriveArgon2 = deriveWithArgon2,
}: PasswordHasherOptions = {}): PasswordHasher {
  const limited = createWorkLimit({ concurrency, queueLimit, retryAfterSeconds })
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
    async hash(password, signal) {
      const prepared = preparePassword(password)
      if (prepared === null) throw new TypeError('Not a password: check the password rules before hashing')
      const salt = randomBytes(saltBytes)
      const digest = await limited(() => deriveArgon2(prepared, { ...today, salt }, digestBytes), signal)
      return formatArgon2id(parameters, salt, digest)
    },

    async verify(password, storedHash, signal) {
      const prepared = preparePassword(password)
      if (prepared !== null) return limited(() => verifyNow(password, prepared, storedHash), signal)
      await limited(() => verifyNow('', '', storedHash), signal)
      return 'mismatch'
    },
  }
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
