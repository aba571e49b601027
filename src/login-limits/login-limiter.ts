import type { EntityManager } from 'typeorm'
import { AppError } from '../errors.js'
import {
  type Count,
  countersOf,
  type LimitName,
  type LoginAttempt,
  type LoginLimits,
} from './login-failure.js'
import { addFailure, readCounts, removeCounts } from './login-failure-rows.js'
import { createRefusalMemory } from './refusal-memory.js'

export type LoginLimiterDependencies = {
  now: () => Date
  limits: LoginLimits
  /** The e-mail address as accounts are told apart. */
  accountOf: (email: string) => string
  /** Whether this user was signed in from there before. */
  isKnownAddress(tx: EntityManager, userId: string, address: string): Promise<boolean>
  recordAudit(tx: EntityManager, event: LimitReached): Promise<void>
}

/** Told once for a window, with the failure that used it up. */
export type LimitReached = {
  userId: string | null
  limit: LimitName
  address: string | null
  requestId: string | null
}

export type LoginLimiter = ReturnType<typeof createLoginLimiter>

/**
 * Bounds how often passwords are guessed (OWASP Authentication Cheat Sheet: Login Throttling). Failures are counted in the
 * database, for all replicas together.
 *
 * Whether the limits allow a password is looked at when it has been verified: of however many guesses at once, no more
 * count than the limits say, and those that are verified in the same moment. Once a limit is reached, a right password
 * and a wrong one get the same answer.
 */
export function createLoginLimiter(deps: LoginLimiterDependencies) {
  const refusals = createRefusalMemory()

  const countersFor = ({ email, address }: LoginAttempt) =>
    countersOf(deps.accountOf(email), address, deps.limits)

  /** What these counts, of before the attempt, refuse it with. */
  async function refusalOf(
    tx: EntityManager,
    attempt: LoginAttempt,
    userId: string | null,
    counts: readonly Count[],
  ): Promise<AppError | null> {
    const reached = counts.filter(({ failures, limit }) => failures >= limit.failures)
    const decisive = reached.find(({ name }) => name === 'address') ?? reached.toSorted(byEnd).at(-1)
    if (decisive === undefined || (await isExempt(tx, attempt, userId, reached))) return null
    // An account is refused to the one address: to another, from where its user has signed in before, it may be open.
    const scope = decisive.name === 'account' ? 'accountAndAddress' : decisive.name
    const until = decisive.expiresAt.getTime()
    const refused = countersFor(attempt).find(({ name }) => name === scope)
    if (refused !== undefined) refusals.remember(refused.key, until)
    return refusalUntil(until)
  }

  // Or else whoever fails often enough could keep users out of their own accounts.
  async function isExempt(
    tx: EntityManager,
    { address }: LoginAttempt,
    userId: string | null,
    reached: readonly Count[],
  ): Promise<boolean> {
    if (userId === null || address === null || reached.some(({ name }) => name !== 'account')) return false
    return deps.isKnownAddress(tx, userId, address)
  }

  function refusalUntil(until: number): AppError {
    return new AppError('RATE_LIMITED', {
      message: 'Too many failed attempts to sign in. Try again later.',
      details: { retryAfterSeconds: Math.ceil((until - deps.now().getTime()) / 1000) },
    })
  }

  return {
    /** Before anything else: what was refused is refused again, and nobody is asked. @throws AppError RATE_LIMITED */
    requireAdmissible(attempt: LoginAttempt): void {
      const keys = countersFor(attempt).map(({ key }) => key)
      const until = refusals.recall(keys, deps.now().getTime())
      if (until !== null) throw refusalUntil(until)
    },

    /**
     * After a right password. Forgets the failures before it, but those of the address: whoever has an account of their
     * own could guess at others' for ever.
     * @throws AppError RATE_LIMITED
     */
    async admit(tx: EntityManager, attempt: LoginAttempt, userId: string): Promise<void> {
      const counts = await readCounts(tx, countersFor(attempt), deps.now())
      const refusal = await refusalOf(tx, attempt, userId, counts)
      if (refusal !== null) throw refusal
      const forgotten = counts.filter(({ name }) => name !== 'address')
      if (forgotten.length > 0) await removeCounts(tx, forgotten)
    },

    /** After a wrong password. What to answer where a limit had been reached before; null where none had. */
    async countFailure(
      tx: EntityManager,
      attempt: LoginAttempt,
      userId: string | null,
    ): Promise<AppError | null> {
      const counts = await addFailure(tx, countersFor(attempt), deps.now())
      const { address, requestId } = attempt
      for (const { name, failures, limit } of counts) {
        if (failures !== limit.failures) continue
        await deps.recordAudit(tx, { userId, limit: name, address, requestId })
      }
      const before = counts.map((count) => ({ ...count, failures: count.failures - 1 }))
      return refusalOf(tx, attempt, userId, before)
    },
  }
}

const byEnd = (one: Count, other: Count) => one.expiresAt.getTime() - other.expiresAt.getTime()
