import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { connectReplica } from '../../src/revocations/replica-connection.js'
import type { Revocable } from '../../src/revocations/revocation.js'
import { terminateSql } from '../support/terminate.js'
import { startBlackHoleProxy } from './black-hole-proxy.js'
import {
  createMonitor,
  createRevocationWorld,
  credential,
  insertSession,
  insertUser,
  patiently,
  type RevocationWorld,
  timing,
} from './revocation-world.js'

let world: RevocationWorld

beforeAll(async () => {
  world = await createRevocationWorld()
})
afterAll(() => world.end())

/** As a sign-in makes it: position first, then the rest. */
async function signIn(): Promise<Revocable & { userId: string; sessionId: string }> {
  const asOf = await world.service.asOf(world.db)
  const userId = await insertUser(world.db)
  return { ...credential({ asOf }), userId, sessionId: await insertSession(world.db, userId) }
}

const end = (sessionId: string) =>
  world.db.query(`UPDATE sessions SET ended_at = now(), end_reason = 'logout' WHERE id = $1`, [sessionId])

/** A clock that the test moves. */
function handClock() {
  let time = 1000
  return { monotonicNow: () => time, advance: (ms: number) => void (time += ms) }
}

const refused = () => Promise.reject(new Error('No database'))
const nowhere = 'postgres://nobody@127.0.0.1:1/nowhere'

/** A timer may fire a little early. */
const timerSlackMs = 10

/** Looks that come only when they are woken. */
const unhurried = { ...timing, pollMs: 60_000 }

test('While it has a lease, a monitor answers at once, without a promise', async () => {
  const monitor = await world.startMonitor()
  const token = await signIn()
  expect(monitor.status().vision).toBe('live')
  expect(monitor.check(token)).toBe('ok')
})

test('A change in SQL is known as soon as its notification comes', async () => {
  const monitor = await world.startMonitor({ timing: unhurried })
  const token = await signIn()
  await world.db.query('UPDATE users SET disabled_at = now() WHERE id = $1', [token.userId])
  await vi.waitFor(() => expect(monitor.check(token)).toBe('revoked'), patiently)
})

test('A notification that is lost is made up for by the next look', async () => {
  const deaf = await world.startMonitor({ timing: { ...unhurried, leaseMs: 60_000 } })
  const polling = await world.startMonitor()
  const token = await signIn()
  await world.db.query(`SELECT setval('revocation_positions', nextval('revocation_positions'))`)
  await world.db.query(
    `INSERT INTO revocation_events VALUES ((SELECT max(position) + 1 FROM revocation_events), 'user', $1)`,
    [token.userId],
  )
  await vi.waitFor(() => expect(polling.check(token)).toBe('revoked'), patiently)
  expect(deaf.check(token)).toBe('ok')
})

test('A monitor that starts knows what was revoked before', async () => {
  const token = await signIn()
  await end(token.sessionId)
  const monitor = await world.startMonitor()
  expect(monitor.check(token)).toBe('revoked')
})

test('What is issued after an event is accepted, be it in the same moment', async () => {
  const monitor = await world.startMonitor()
  const token = await signIn()
  await world.db.query('UPDATE users SET password_hash = $2 WHERE id = $1', [token.userId, randomUUID()])
  await world.service.settled()
  expect(monitor.check(token)).toBe('revoked')
  expect(monitor.check({ ...token, asOf: await world.service.asOf(world.db) })).toBe('ok')
})

test('A right that is lost after the position was read and before the rights were is refused', async () => {
  const monitor = await world.startMonitor()
  const token = await world.db.transaction(async (tx) => {
    const asOf = await world.service.asOf(tx)
    const userId = await insertUser(world.db)
    await world.db.query('UPDATE users SET disabled_at = now() WHERE id = $1', [userId])
    return credential({ userId, asOf })
  })
  await world.service.settled()
  expect(monitor.check(token)).toBe('revoked')
})

test('Without a lease it asks the database, and says what is true now', async () => {
  const clock = handClock()
  const monitor = await world.startMonitor({ timing: unhurried, monotonicNow: clock.monotonicNow })
  const [good, bad] = [await signIn(), await signIn()]
  clock.advance(timing.leaseMs)
  expect(monitor.status().vision).toBe('blind')
  const answers = Promise.all([monitor.check(good), monitor.check(bad)])
  expect(await answers).toEqual(['ok', 'ok'])
  await end(bad.sessionId)
  clock.advance(timing.leaseMs * 2)
  expect(await monitor.check(good)).toBe('ok')
  expect(await monitor.check(bad)).toBe('revoked')
})

test('Without a lease and without the database it says that it does not know, never that it was revoked', async () => {
  const clock = handClock()
  const monitor = createMonitor({
    url: world.url,
    db: world.db,
    timing: unhurried,
    monotonicNow: clock.monotonicNow,
    query: refused,
  })
  await monitor.start()
  const [good, bad] = [await signIn(), await signIn()]
  await end(bad.sessionId)
  await vi.waitFor(() => expect(monitor.check(bad)).toBe('revoked'), patiently)
  clock.advance(timing.leaseMs)
  expect(await monitor.check(good)).toBe('unknown')
  expect(monitor.check(bad)).toBe('revoked')
  await monitor.stop()
})

test('A lease counts from before the question, not from the answer', async () => {
  const clock = handClock()
  const monitor = createMonitor({
    url: world.url,
    db: world.db,
    monotonicNow: () => {
      const asked = clock.monotonicNow()
      clock.advance(timing.leaseMs) // every look takes a whole lease
      return asked
    },
  })
  await monitor.start()
  expect(monitor.status().vision).toBe('blind')
  await monitor.stop()
})

test('The lease runs out at its last moment, and one moment earlier it has not', async () => {
  const clock = handClock()
  const monitor = await world.startMonitor({ timing: unhurried, monotonicNow: clock.monotonicNow })
  clock.advance(timing.leaseMs - 1)
  expect(monitor.status().vision).toBe('live')
  clock.advance(1)
  expect(monitor.status().vision).toBe('blind')
})

test('Before it has started, nothing is accepted on trust; once stopped, neither', async () => {
  const monitor = createMonitor({ url: world.url, db: world.db, query: refused })
  const token = await signIn()
  expect(await monitor.check(token)).toBe('unknown')
  await monitor.start()
  expect(monitor.check(token)).toBe('ok')
  await monitor.stop()
  expect(await monitor.check(token)).toBe('unknown')
})

test('A start without a way to the log fails', async () => {
  const monitor = createMonitor({ url: nowhere, db: world.db })
  await expect(monitor.start()).rejects.toThrow(/ECONNREFUSED/)
})

/** The replicas that are registered, by the order of their ids. */
async function listReplicas(): Promise<string[]> {
  const rows: { id: string }[] = await world.db.query('SELECT id FROM replicas ORDER BY id')
  return rows.map(({ id }) => id)
}

test('A monitor that is stopped is no longer registered', async () => {
  const others = await listReplicas()
  const monitor = createMonitor({ url: world.url, db: world.db })
  await monitor.start()
  expect(await listReplicas()).toHaveLength(others.length + 1)
  await monitor.stop()
  expect(await listReplicas()).toEqual(others)
})

test('A replica that was struck off registers under another id, since its old beats must not come again', async () => {
  const others = await listReplicas()
  const monitor = await world.startMonitor()
  const before = (await listReplicas()).filter((id) => !others.includes(id))
  await world.db.query('DELETE FROM replicas WHERE id = ANY($1)', [before])
  await vi.waitFor(async () => expect(await listReplicas()).toHaveLength(others.length + 1), patiently)
  expect(await listReplicas()).not.toContain(before[0])
  await vi.waitFor(() => expect(monitor.status().vision).toBe('live'), patiently)
})

test('When its connection is closed it connects anew, and tells those who listen', async () => {
  const monitor = await world.startMonitor()
  const token = await signIn()
  const calls = vi.fn<() => void>()
  const forget = monitor.onChange(calls)
  await world.db.query(terminateSql('fieldgate revocations'))
  await end(token.sessionId)
  await vi.waitFor(() => expect(monitor.check(token)).toBe('revoked'), patiently)
  await vi.waitFor(() => expect(monitor.status().vision).toBe('live'), patiently)
  expect(calls).toHaveBeenCalled()
  forget()
  calls.mockClear()
  await end((await signIn()).sessionId)
  await world.service.settled()
  expect(calls).not.toHaveBeenCalled()
})

test('While connections fail it waits for longer and longer before the next one, unless it is stopped', async () => {
  const attempts: number[] = []
  let failures = 0
  const monitor = createMonitor({
    url: world.url,
    db: world.db,
    timing: { ...timing, deadlineMs: 5000 },
    connect: (onWake) => {
      attempts.push(performance.now())
      const url = attempts.length === 1 ? world.url : nowhere
      return connectReplica({ url, deadlineMs: timing.deadlineMs, onWake }).catch((error) => {
        failures += 1
        throw error
      })
    },
  })
  await monitor.start()
  await world.db.query(terminateSql('fieldgate revocations'))
  await vi.waitFor(() => expect(failures).toBeGreaterThan(3), patiently)
  const [, first = 0, , , fourth = 0] = attempts
  expect(fourth - first).toBeGreaterThan(50 + 100 + 200 - timerSlackMs)

  // The 400 ms that it would wait: a stop does not even need a turn of the loop.
  const waited = new Promise((resolve) => setTimeout(resolve, 400, 'waited'))
  expect(await Promise.race([monitor.stop().then(() => 'cut short'), waited])).toBe('cut short')
})

test('A network that swallows everything costs the lease, is told, and is recovered from', async () => {
  const proxy = await startBlackHoleProxy(world.url)
  const brief = { ...timing, leaseMs: 3000, deadlineMs: 2500 }
  const monitor = createMonitor({ url: proxy.url, db: world.db, timing: brief })
  await monitor.start()
  const token = await signIn()
  const calls = vi.fn<() => void>()
  monitor.onChange(calls)

  proxy.swallow()
  await vi.waitFor(() => expect(monitor.status().vision).toBe('blind'), patiently)
  await vi.waitFor(() => expect(calls).toHaveBeenCalled(), patiently)
  expect(await monitor.check(token)).toBe('ok') // by the pool, which goes another way
  calls.mockClear()
  await end(token.sessionId)
  expect(await monitor.check(token)).toBe('revoked')
  expect(calls).toHaveBeenCalled() // what stays open is not to wait for a connection
  proxy.pass()
  await vi.waitFor(() => expect(monitor.status().vision).toBe('live'), patiently)
  await monitor.stop()
  await proxy.stop()
})

test('Very many events at once are read in portions, and nothing counts as good before the last one', async () => {
  const token = await signIn()
  const [{ first }] = await world.db.query('SELECT max(position) + 1 AS first FROM revocation_events')
  await world.db.query(
    `INSERT INTO revocation_events SELECT $1::bigint + n, 'client', 'many ' || n FROM generate_series(0, 12000) AS n`,
    [first],
  )
  await end(token.sessionId)
  const [byPool, byItself] = [createMonitor({ url: world.url, db: world.db }), await world.startMonitor()]
  expect(await byPool.check(token)).toBe('revoked')
  expect(byItself.check(token)).toBe('revoked')
  expect(byPool.status().revocations).toBeGreaterThan(12_000)
  expect(byItself.status().revocations).toBe(byPool.status().revocations)
})

test('A start that misses its deadline is tried again, and not for ever', async () => {
  let failures = 3
  const connect = (onWake: () => void) => {
    failures -= 1
    if (failures >= 0) return Promise.reject(new Error('timeout expired'))
    return connectReplica({ url: world.url, deadlineMs: 10_000, onWake })
  }
  const monitor = await world.startMonitor({ connect })
  expect(monitor.status().vision).toBe('live')

  failures = Number.POSITIVE_INFINITY
  const another = createMonitor({ url: world.url, db: world.db, connect })
  await expect(another.start()).rejects.toThrow('timeout expired')
})

test('It drops from the log and from memory what is older than the retention', async () => {
  const token = await signIn()
  await end(token.sessionId)
  await world.db.query('SELECT pg_sleep(0.2)')
  const monitor = await world.startMonitor({ timing: { ...timing, retentionSeconds: 0.1 } })
  await vi.waitFor(() => expect(monitor.status().revocations).toBe(0), patiently)
  expect(monitor.check(token)).toBe('revoked')
})
