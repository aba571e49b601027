import type { EntityManager } from 'typeorm'
import { AppError } from '../errors.js'
import {
  type Count,
  type Counter,
  countersOf,
  type LimitName,
  type LoginLimits,
  networkOf,
} from './login-failure.js'
import { addFailure, readCounts, removeCounts } from './login-failure-rows.js'
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

/** What is told of a failure, and once for a window, with the failure that used it up, of the limit. */
export type LoginFailureEvent = Origin & { userId: string | null } & (
    | { action: 'login.refused' }
    | { action: 'login.limited'; limit: LimitName }
  )

/** Nulls where no request is served. */
type Origin = { address: string | null; requestId: string | null }

/** Somebody tries to prove with a password to be somebody. */
export type LoginAttempt = Origin & { counters: readonly Counter[] }

/** Whether an attempt may count. */
export type Admission = {
  /** What to answer where a limit is reached, whatever the password. */
  refusal: AppError | null
  /** The failures that there were before it. */
  counts: readonly Count[]
}

export type LoginLimiter = ReturnType<typeof createLoginLimiter>

/**
 * Bounds how often passwords are guessed (OWASP Authentication Cheat Sheet: Login Throttling). Failures are counted in the
 * database, for all replicas together.
 *
 * Whether the limits allow a password is looked at when it has been verified: of however many guesses at once, no more
 * count than the limits say, and those that are verified in the same moment. Once a limit is reached, a right password
 * is answered, counted and audited as a wrong one is.
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

  /** What counts of before the attempt refuse it with. */
  async function refusalOf(
    tx: EntityManager,
    { counters, address }: LoginAttempt,
    userId: string | null,
    counts: readonly Count[],
  ): Promise<AppError | null> {
    const reached = counts.filter(({ failures, limit }) => failures >= limit.failures)
    if (reached.length === 0) return null
    const isOfAccountAlone = reached.every(({ name }) => name === 'account')
    if (isOfAccountAlone && (await isKnown(tx, userId, address))) return null
    // An account is refused to the one address: to another, from where its user has signed in before, it may be open.
    const ofAddress = reached.filter(({ name }) => name === 'address')
    const scope = ofAddress.length > 0 ? 'address' : 'accountAndAddress'
    const key = counters.find(({ name }) => name === scope)?.key
    if (key !== undefined) refusals.remember(key, endOf(ofAddress.length > 0 ? ofAddress : reached))
    return refusalUntil(endOf(reached))
  }

  // Or else whoever fails often enough could keep users out of their own accounts.
  async function isKnown(tx: EntityManager, userId: string | null, address: string | null): Promise<boolean> {
    if (userId === null || address === null) return false
    const known = await deps.knownAddresses(tx, userId)
    return known.map(networkOf).includes(networkOf(address))
  }

  return {
    /** Before anything else: what was refused is refused again, and nobody is asked. @throws AppError RATE_LIMITED */
    begin({ email, address, requestId }: Origin & { email: string }): LoginAttempt {
      const counters = countersOf(deps.accountOf(email), address, deps.limits)
      const untilMs = refusals.recall(
        counters.map(({ key }) => key),
        deps.now().getTime(),
      )
      if (untilMs !== null) throw refusalUntil(untilMs)
      return { address, requestId, counters }
    },

    /** After a right password. Reads alone. */
    async admission(tx: EntityManager, attempt: LoginAttempt, userId: string): Promise<Admission> {
      const counts = await readCounts(tx, attempt.counters, deps.now())
      return { refusal: await refusalOf(tx, attempt, userId, counts), counts }
    },

    /**
     * When somebody is proven. Forgets the failures of this account from this address: those of the address may be at
     * other accounts, and those of the account of others.
     */
    async forgetFailures(tx: EntityManager, { counts }: Admission): Promise<void> {
      const own = counts.filter(({ name }) => name === 'accountAndAddress')
      if (own.length > 0) await removeCounts(tx, own)
    },

    /** When nobody is. Returns what to answer where a limit had been reached before; null where none had. */
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
      return refusalOf(tx, attempt, userId, before)
    },
  }
}

const endOf = (counts: readonly Count[]) => Math.max(...counts.map(({ expiresAt }) => expiresAt.getTime()))
