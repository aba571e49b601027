import type { ReplicaConnection } from '../../src/revocations/replica-connection.js'
import type { Reading, RevocationTiming } from '../../src/revocations/revocation.js'
import type { Query } from '../../src/revocations/revocation-log.js'
import { createRevocationMonitor, type RevocationMonitor } from '../../src/revocations/revocation-monitor.js'
import { settle } from '../../src/revocations/settling.js'
import { credential, silent } from './revocation-world.js'

/** Numbers in [0, 1) that a seed decides. */
export type Chance = () => number

export const simulatedTiming: RevocationTiming = {
  pollMs: 100,
  leaseMs: 800,
  deadlineMs: 300,
  retentionSeconds: 3600,
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/**
 * A database of which every statement takes its snapshot at one moment and is seen by others at a later one, behind a
 * network in which anything takes any time. To be run under fake timers.
 */
export function createSimulatedDatabase(chance: Chance) {
  const events: Reading['events'][number][] = [[1, 'everyone', '']]
  const replicas = new Map<string, { applied: number; beat: number }>()
  const listeners = new Set<() => void>()

  const shortTime = () => chance() * 20

  /** A way through the network. Now and then there is a storm: then messages take any time, be it longer than a lease. */
  function createWay() {
    let stormUntil = 0
    return function travelTime(): number {
      if (chance() < 0.02) stormUntil = performance.now() + chance() * 3000
      return performance.now() < stormUntil ? chance() * 1500 : shortTime()
    }
  }

  function readAfter(position: number): Reading {
    return { horizon: 1, events: events.filter(([at]) => at > position) }
  }

  async function renew(applied: number, id: string) {
    const snapshot = readAfter(applied)
    const known = replicas.get(id)
    const beat = known?.beat
    await sleep(shortTime()) // seen by nobody yet
    if (known === undefined || replicas.get(id)?.beat !== beat) return { registered: false, ...snapshot }
    replicas.set(id, { applied, beat: known.beat + 1 })
    return { registered: true, ...snapshot }
  }

  /** The statements of revocation-log.ts. */
  async function execute(sql: string, [first, second]: readonly unknown[]): Promise<unknown[]> {
    if (sql.includes('WITH renewed')) return [{ reading: await renew(Number(first), String(second)) }]
    if (sql.includes('WITH expelled')) {
      const id = String(first)
      if (replicas.get(id)?.beat !== second) return []
      replicas.delete(id)
      return [{ id }]
    }
    if (sql.includes('INSERT INTO replicas')) {
      const id = String(chance())
      replicas.set(id, { applied: Number(first), beat: 0 })
      return [{ id }]
    }
    if (sql.includes('DELETE FROM replicas')) return [replicas.delete(String(first))]
    if (sql.includes(`'last'`)) {
      const rows = [...replicas].map(([id, row]) => ({ id, ...row }))
      return [{ state: { last: events.at(-1)?.[0], replicas: rows } }]
    }
    if (sql.includes(`'events'`)) return [{ reading: readAfter(Number(first)) }]
    if (sql.includes('WITH horizon')) return []
    throw new Error(`The simulation knows no ${sql}`)
  }

  /** As the pool of a replica does it. */
  function createQuery(travelTime = createWay()): Query {
    return async (sql, parameters) => {
      await sleep(travelTime())
      const rows = JSON.stringify(await execute(sql, parameters))
      await sleep(travelTime())
      return JSON.parse(rows)
    }
  }

  /** As connectReplica: a statement that misses its deadline goes on at the server, but its connection is over. */
  function createConnect() {
    const travelTime = createWay()
    const query = createQuery(travelTime)
    return async (onWake: () => void): Promise<ReplicaConnection> => {
      const expired = async (): Promise<never> => {
        await sleep(simulatedTiming.deadlineMs)
        throw new Error('The deadline was missed.')
      }
      await Promise.race([sleep(travelTime()), expired()])
      const ring = () => void setTimeout(onWake, travelTime())
      listeners.add(ring)
      let over = false
      const destroy = () => {
        over = true
        listeners.delete(ring)
      }
      return {
        destroy,
        query: async (sql, parameters) => {
          try {
            if (over) throw new Error('The connection is over.')
            return await Promise.race([query<never>(sql, parameters), expired()])
          } catch (error) {
            destroy()
            throw error
          }
        },
      }
    }
  }

  return {
    createQuery,
    createConnect,

    /** Commits an event; some of the notifications are lost. */
    commit(sessionId: string): void {
      events.push([(events.at(-1)?.[0] ?? 0) + 1, 'session', sessionId])
      for (const ring of listeners) if (chance() < 0.7) ring()
    },
  }
}

type Session = { id: string; committed: boolean; gone: boolean }

export type Findings = {
  acceptedAfterwards: number
  wronglyRevoked: number
  accepted: number
  settled: number
}

/** Runs replicas and revocations against each other. `advance` moves the fake clock. */
export async function simulate(chance: Chance, advance: (ms: number) => Promise<unknown>): Promise<Findings> {
  const database = createSimulatedDatabase(chance)
  const findings: Findings = { acceptedAfterwards: 0, wronglyRevoked: 0, accepted: 0, settled: 0 }
  const sessions: Session[] = []
  const monitors: RevocationMonitor[] = []

  async function join(): Promise<void> {
    // A clock that began at another time, and runs a little faster or slower.
    const [offset, rate] = [chance() * 1e6, 1 + (chance() - 0.5) * 0.008]
    const monitor = createRevocationMonitor({
      connect: database.createConnect(),
      query: database.createQuery(),
      timing: simulatedTiming,
      monotonicNow: () => offset + performance.now() * rate,
      log: silent,
    })
    monitors.push(monitor)
    await monitor.start().catch(() => monitors.splice(monitors.indexOf(monitor), 1))
  }

  async function revoke(): Promise<void> {
    const session = { id: String(chance()), committed: false, gone: false }
    sessions.push(session)
    await sleep(chance() * 500)
    session.committed = true
    database.commit(session.id)
    const { leaseMs } = simulatedTiming
    await settle({
      query: database.createQuery(),
      leaseMs,
      monotonicNow: () => performance.now(),
      log: silent,
    })
    session.gone = true
    findings.settled += 1
  }

  async function check(monitor: RevocationMonitor, session: Session): Promise<void> {
    const wasGone = session.gone
    const standing = await monitor.check(credential({ sessionId: session.id, asOf: 1 }))
    if (standing === 'ok') findings.accepted += 1
    if (standing === 'ok' && wasGone) findings.acceptedAfterwards += 1
    if (standing === 'revoked' && !session.committed) findings.wronglyRevoked += 1
  }

  const work: Promise<unknown>[] = [join(), join()]
  for (let step = 0; step < 250; step += 1) {
    if (chance() < 0.2) work.push(revoke())
    if (chance() < 0.01) work.push(join())
    await advance(chance() * 40)
    for (const monitor of monitors) {
      for (const session of sessions.slice(-10)) work.push(check(monitor, session))
    }
  }
  const ending = Promise.all([...work, ...monitors.map((monitor) => monitor.stop())])
  await advance(10_000)
  await ending
  return findings
}
