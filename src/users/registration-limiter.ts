import { createHash } from 'node:crypto'
import type { EntityManager } from 'typeorm'
import { networkOf } from '../authentication/network.js'
import { AppError } from '../errors.js'
import { addRegistration } from './registration-count-rows.js'

/** A window begins with its first registration, and is over after so many seconds. */
export type RegistrationLimit = { registrations: number; seconds: number }

export type RegistrationLimiterDependencies = {
  db: EntityManager
  now: () => Date
  limit: RegistrationLimit
  /** What this process has refused, and until when. */
  refusals: {
    remember(key: Buffer, untilMs: number): void
    recall(keys: readonly Buffer[], nowMs: number): number | null
  }
}

export type RegistrationLimiter = ReturnType<typeof createRegistrationLimiter>

/**
 * Bounds how often strangers of one network try to register (OWASP ASVS 4.0.3, 11.1.4). Tries are counted and not users:
 * each costs a hash, and one that fails tells who has an account. Counted in the database, for all replicas together.
 */
export function createRegistrationLimiter({ db, now, limit, refusals }: RegistrationLimiterDependencies) {
  function refusal(untilMs: number, at: Date): AppError {
    return new AppError('RATE_LIMITED', {
      message: 'Too many registrations from your network. Try again later.',
      details: { retryAfterSeconds: Math.max(1, Math.ceil((untilMs - at.getTime()) / 1000)) },
    })
  }

  return {
    /** One more, before its password is hashed. @throws AppError RATE_LIMITED */
    async count(address: string): Promise<void> {
      const at = now()
      const key = createHash('sha256').update(networkOf(address)).digest()
      const untilMs = refusals.recall([key], at.getTime())
      if (untilMs !== null) throw refusal(untilMs, at)
      const end = new Date(at.getTime() + limit.seconds * 1000)
      const { registrations, expiresAt } = await addRegistration(db, { key, expiresAt: end }, at)
      if (registrations <= limit.registrations) return
      refusals.remember(key, expiresAt.getTime())
      throw refusal(expiresAt.getTime(), at)
    },
  }
}
