import type { EntityManager } from 'typeorm'
import { networkOf } from '../authentication/network.js'
import { AppError } from '../errors.js'
import type { RequestOrigin } from '../sessions/session.js'
import { type Count, type Counter, countersOf, type LimitName, type LoginLimits } from './login-failure.js'
import { addFailure, readCounts, removeCount } from './login-failure-rows.js'
import { createRefusalMemory } from './refusal-memory.js'

export type LoginLimiterDependencies = {
  now: () => Date
  limits: LoginLimits
  /** The e-mail address as accounts are told apart. */
  accountOf: (email: string) => string
  /** From where this user has signed in. */
  knownAddresses(tx: EntityManager, userId: string): Promise<readonly string[]>
  recordAudit(tx: EntityManager, event: LoginFailureEvent): Promise<void>
}

/** Told of each failure, and once for a window of the limit that it reached. */
export type LoginFailureEvent = RequestOrigin & { userId: string | null } & (
    | { action: 'login.refused' }
    | { action: 'login.limited'; limit: LimitName }
  )

/** Somebody tries to prove with a password to be somebody. */
export type LoginAttempt = RequestOrigin & { counters: readonly Counter[] }

/** Whether the limits let an attempt count, and the failures that there were before it. */
export type Admission = { verdict: 'open' | 'limited'; counts: readonly Count[] }

export type LoginLimiter = ReturnType<typeof createLoginLimiter>

/**
 * Bounds how often passwords are guessed (OWASP Authentication Cheat Sheet: Login Throttling). Failures are counted in the
 * database, for all replicas together.
 *
 * Whether the limits allow a password is looked at when it has been verified: a guess finds all failures that were written
 * down before it. Once a limit is reached, a right password is answered, counted and audited as a wrong one is.
 */
export function createLoginLimiter(deps: LoginLimiterDependencies) {
  const refusals = createRefusalMemory()

  function refusalUntil(untilMs: number): AppError {
    const seconds = Math.ceil((untilMs - deps.now().getTime()) / 1000)
    return new AppError('RATE_LIMITED', {
      message: 'Too many failed attempts to sign in. Try again later.',
      details: { retryAfterSeconds: Math.max(1, seconds) },
    })
  }

  /**
   * The limits that these counts have reached. That of the account does not hold where its user has signed in before: or
   * else whoever fails often enough could keep users out of their own accounts.
   */
  async function reachedOf(
    tx: EntityManager,
    { address }: LoginAttempt,
    userId: string | null,
    counts: readonly Count[],
  ): Promise<readonly Count[]> {
    const reached = counts.filter(({ failures, limit }) => failures >= limit.failures)
    if (!reached.some(({ name }) => name === 'account')) return reached
    if (userId === null || address === null) return reached
    const known = await deps.knownAddresses(tx, userId)
    const isKnown = known.map(networkOf).includes(networkOf(address))
    return isKnown ? reached.filter(({ name }) => name !== 'account') : reached
  }

  /** An account is refused to the one address: to another, from where its user has signed in before, it may be open. */
  function remember({ counters }: LoginAttempt, reached: readonly Count[]): void {
    const ofAddress = reached.filter(({ name }) => name === 'address')
    const name = ofAddress.length > 0 ? 'address' : 'accountAndAddress'
    const counter = counters.find((each) => each.name === name)
    if (counter) refusals.remember(counter.key, endOf(ofAddress.length > 0 ? ofAddress : reached))
  }

  return {
    /** Before anything else: what was refused is refused again, and nobody is asked. @throws AppError RATE_LIMITED */
    begin({ email, address, requestId }: RequestOrigin & { email: string }): LoginAttempt {
      const counters = countersOf(deps.accountOf(email), address, deps.limits)
      const keys = counters.map(({ key }) => key)
      const untilMs = refusals.recall(keys, deps.now().getTime())
      if (untilMs !== null) throw refusalUntil(untilMs)
      return { address, requestId, counters }
    },

    /** After a right password. Reads alone. */
    async admission(tx: EntityManager, attempt: LoginAttempt, userId: string): Promise<Admission> {
      const counts = await readCounts(tx, attempt.counters, deps.now())
      const reached = await reachedOf(tx, attempt, userId, counts)
      return { verdict: reached.length === 0 ? 'open' : 'limited', counts }
    },

    /**
     * After a proof. Forgets the failures of this account from this address: those of the address may be at other
     * accounts, and those of the account of others.
     */
    async forgetFailures(tx: EntityManager, { counts }: Admission): Promise<void> {
      const own = counts.find(({ name }) => name === 'accountAndAddress')
      if (own !== undefined) await removeCount(tx, own)
    },

    /**
     * After a failed proof, and a right password beyond a limit. Returns the error to answer with where a limit had been
     * reached before; null where none had.
     */
    async countFailure(
      tx: EntityManager,
      attempt: LoginAttempt,
      userId: string | null,
    ): Promise<AppError | null> {
      const { address, requestId } = attempt
      const event = { userId, address, requestId }
      const counts = await addFailure(tx, attempt.counters, deps.now())
      await deps.recordAudit(tx, { ...event, action: 'login.refused' })
      for (const { name, failures, limit } of counts) {
        if (failures !== limit.failures) continue
        await deps.recordAudit(tx, { ...event, action: 'login.limited', limit: name })
      }
      const before = counts.map((count) => ({ ...count, failures: count.failures - 1 }))
      const reached = await reachedOf(tx, attempt, userId, before)
      if (reached.length === 0) return null
      remember(attempt, reached)
      return refusalUntil(endOf(reached))
    },
  }
}

const endOf = (counts: readonly Count[]) => Math.max(...counts.map(({ expiresAt }) => expiresAt.getTime()))
