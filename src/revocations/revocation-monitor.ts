import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { createAlarm } from './alarm.js'
import { createFreshRead } from './fresh-read.js'
import type { ReplicaConnection } from './replica-connection.js'
import type { Position, Revocable, RevocationTiming, Standing } from './revocation.js'
import { compact, isComplete, type Query, readAfter, register, renew, unregister } from './revocation-log.js'
import { createRevocationSet } from './revocation-set.js'

export type RevocationMonitorOptions = {
  /** Connects to the log, and rings when it has grown. */
  connect: (onWake: () => void) => Promise<ReplicaConnection>
  /** Through the ordinary pool, for the time without a lease. */
  query: Query
  timing: RevocationTiming
  /** Milliseconds of a clock that nobody sets: `performance.now`. */
  monotonicNow: () => number
  log: Logger
}

/** `blind`: without a lease, so that nothing is accepted without asking the database. */
export type MonitorStatus = {
  vision: 'live' | 'blind'
  appliedPosition: Position
  /** Subjects held in memory. */
  revocations: number
}

export type RevocationMonitor = {
  /** Reads the log for the first time, and then follows it. Rejects where that fails several times in a row. */
  start(): Promise<void>
  /** Accepts nothing from now on; resolves when the replica is signed off. */
  stop(): Promise<void>
  status(): MonitorStatus
  /** Whether a credential still counts. Synchronous, without SQL, while there is a lease. Never rejects. */
  check(credential: Revocable): Standing | Promise<Standing>
  /** Calls back after new events, and when the lease runs out: for what stays open. Returns what ends it. */
  onChange(listener: () => void): () => void
}

/** What a look brought. `no lease`: it did not reach the end of the log, or the replica is not registered any more. */
type Outcome = 'no lease' | 'news' | 'nothing new'

// The deadlines are meant for connections that stood. A process that only starts, among others, may miss one.
const startTries = 5
const shortestRetryMs = 50
const compactionMs = 60_000
// A timer may fire a little early, and would find the lease still good.
const timerSlackMs = 10

/** Follows the log of revocations. docs/revocation.md proves what `check` promises. */
export function createRevocationMonitor(options: RevocationMonitorOptions): RevocationMonitor {
  const { timing, monotonicNow, log } = options
  const revocations = createRevocationSet()
  const alarm = createAlarm()
  const stopping = new AbortController()
  const listeners = new Set<() => void>()
  let blindness: NodeJS.Timeout | undefined
  let registration: string | null = null
  let leaseEnd = Number.NEGATIVE_INFINITY
  let compactAt = Number.NEGATIVE_INFINITY
  let retryMs = 0
  let following: Promise<void> = Promise.resolve()

  const hasLease = () => monotonicNow() < leaseEnd
  const announce = () => listeners.forEach((listener) => listener())

  function announceBlindness(): void {
    if (hasLease() || stopping.signal.aborted) return
    log.error('Revocations cannot be followed: no credential is accepted without asking the database.')
    announce()
  }

  const freshRead = createFreshRead({
    read: readToTheEnd,
    deadlineMs: timing.deadlineMs,
    monotonicNow,
  })

  async function readToTheEnd(): Promise<void> {
    const reading = await readAfter(options.query, revocations.appliedPosition())
    revocations.apply(reading)
    if (reading.events.length > 0) announce()
    if (!isComplete(reading)) await readToTheEnd()
  }

  async function open(): Promise<ReplicaConnection> {
    const connection = await options.connect(alarm.ring)
    try {
      while ((await look(connection.query)) === 'no lease');
      return connection
    } catch (error) {
      connection.destroy()
      throw error
    }
  }

  /** Until then, or the stop. */
  async function pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: stopping.signal }).catch(() => {}) // called off
  }

  async function openFirst(triesLeft = startTries): Promise<ReplicaConnection> {
    try {
      return await open()
    } catch (error) {
      if (triesLeft === 1 || stopping.signal.aborted) throw error
      log.warn({ err: error }, 'The log of revocations could not be reached; trying again.')
      await pause(shortestRetryMs * 2 ** (startTries - triesLeft))
      return openFirst(triesLeft - 1)
    }
  }

  async function follow(first: ReplicaConnection): Promise<void> {
    let connection: ReplicaConnection | null = first
    while (!stopping.signal.aborted) {
      try {
        connection ??= await open()
        await stayOn(connection.query)
      } catch (error) {
        log.warn({ err: error }, 'The connection to the log of revocations was lost.')
        // Not by the alarm: the end of a connection rings it.
        await pause(retryMs)
        retryMs = Math.min(Math.max(retryMs * 2, shortestRetryMs), timing.deadlineMs)
      }
      connection?.destroy()
      connection = null
    }
  }

  async function stayOn(query: Query): Promise<void> {
    while (!stopping.signal.aborted) {
      const outcome = await look(query)
      if (outcome !== 'nothing new') continue // the next look also reports what this one brought
      compactWhenDue()
      await alarm.pause(timing.pollMs)
    }
    if (registration !== null) await unregister(query, registration)
  }

  async function look(query: Query): Promise<Outcome> {
    registration ??= await register(query, revocations.appliedPosition())
    const sentAt = monotonicNow()
    const { registered, ...reading } = await renew(query, registration, revocations.appliedPosition())
    if (!registered) registration = null
    revocations.apply(reading)
    if (reading.events.length > 0) announce()
    if (!registered || !isComplete(reading)) return 'no lease'
    holdLeaseFrom(sentAt)
    return reading.events.length > 0 ? 'news' : 'nothing new'
  }

  function holdLeaseFrom(sentAt: number): void {
    if (stopping.signal.aborted) return
    const wasBlind = !hasLease()
    leaseEnd = sentAt + timing.leaseMs
    blindness ??= setTimeout(announceBlindness, timing.leaseMs + timerSlackMs).unref()
    blindness.refresh()
    retryMs = 0 // a connection that was good is replaced at once; one that does not come about is waited for
    if (wasBlind && hasLease()) log.info('Revocations are followed.')
  }

  // By the pool, and not waited for: the next look must not be late.
  function compactWhenDue(): void {
    if (monotonicNow() < compactAt) return
    compactAt = monotonicNow() + compactionMs
    compact(options.query, timing.retentionSeconds).catch((error: unknown) =>
      log.warn({ err: error }, 'The log of revocations could not be compacted.'),
    )
  }

  async function checkAnew(credential: Revocable): Promise<Standing> {
    if ((await freshRead()) !== 'fresh') return 'unknown'
    return revocations.isRevoked(credential) ? 'revoked' : 'ok'
  }

  return {
    async start() {
      following = follow(await openFirst())
    },

    async stop() {
      stopping.abort()
      leaseEnd = Number.NEGATIVE_INFINITY
      clearTimeout(blindness)
      alarm.ring()
      await following
    },

    status: () => ({
      vision: hasLease() ? 'live' : 'blind',
      appliedPosition: revocations.appliedPosition(),
      revocations: revocations.size(),
    }),

    check(credential) {
      if (revocations.isRevoked(credential)) return 'revoked'
      return hasLease() ? 'ok' : checkAnew(credential)
    },

    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
