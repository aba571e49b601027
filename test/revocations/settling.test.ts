import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Query } from '../../src/revocations/revocation-log.js'
import { queryOn } from '../../src/revocations/revocation-service.js'
import { settle } from '../../src/revocations/settling.js'
import { createRevocationWorld, type RevocationWorld, silent } from './revocation-world.js'

/** For what waits until it has run out, and for what does not wait for it. */
const [leaseMs, longLeaseMs] = [600, 20_000]

let world: RevocationWorld

beforeAll(async () => {
  world = await createRevocationWorld()
})
afterAll(() => world.end())
beforeEach(() => world.db.query('DELETE FROM replicas'))

const revoke = () => world.db.query(`SELECT record_revocation('client', 'c')`)

/** How long it took, in milliseconds. */
async function settling(query: Query = queryOn(world.db), lease = leaseMs): Promise<number> {
  const start = performance.now()
  await settle({ query, leaseMs: lease, monotonicNow: () => performance.now(), log: silent })
  return performance.now() - start
}

/** A row of a replica that does nothing about it by itself. */
async function registerReplica(applied: number): Promise<string> {
  const id = randomUUID()
  await world.db.query('INSERT INTO replicas VALUES ($1, $2, 1)', [id, applied])
  return id
}

const listIds = async () =>
  (await world.db.query('SELECT id FROM replicas')).map((row: { id: string }) => row.id)

test('Where nobody is registered, there is nobody to wait for', async () => {
  await revoke()
  expect(await settling(queryOn(world.db), longLeaseMs)).toBeLessThan(longLeaseMs / 2)
})

test('It ends as soon as the last replica has applied the event', async () => {
  await revoke()
  const position = await world.service.asOf(world.db)
  await registerReplica(position)
  const slow = await registerReplica(position - 1)
  const settled = settling(queryOn(world.db), longLeaseMs)
  const report = world.db.query('UPDATE replicas SET applied_position = $1, beat = 2 WHERE id = $2', [
    position,
    slow,
  ])
  await report
  expect(await settled).toBeLessThan(longLeaseMs / 2)
})

test('Events that come later are not waited for', async () => {
  await revoke()
  const position = await world.service.asOf(world.db)
  const replica = await registerReplica(position - 1)
  const query: Query = async (sql, parameters) => {
    const rows = await queryOn(world.db)<never>(sql, parameters)
    await revoke()
    await world.db.query('UPDATE replicas SET applied_position = $1 WHERE id = $2', [position, replica])
    return rows
  }
  expect(await settling(query, longLeaseMs)).toBeLessThan(longLeaseMs / 2)
})

test('A replica that does not answer is waited for until its lease has run out, and struck off', async () => {
  await registerReplica(0)
  await revoke()
  expect(await settling()).toBeGreaterThanOrEqual(leaseMs)
  // Whoever has no look left in its last moments leaves that to the next.
  while ((await listIds()).length > 0) await settling()
  expect(await settling(queryOn(world.db), longLeaseMs)).toBeLessThan(longLeaseMs / 2)
})

test('A replica that renews its lease is not struck off, however far behind it says it is', async () => {
  const replica = await registerReplica(0)
  await revoke()
  const query: Query = async (sql, parameters) => {
    const rows = await queryOn(world.db)<never>(sql, parameters)
    await world.db.query('UPDATE replicas SET beat = beat + 1 WHERE id = $1', [replica])
    return rows
  }
  const time = await settling(query)
  expect(time).toBeGreaterThanOrEqual(leaseMs)
  expect(await listIds()).toEqual([replica])
})

test('A replica that renews at the last moment is not struck off', async () => {
  const replica = await registerReplica(0)
  await revoke()
  const query: Query = async (sql, parameters) => {
    if (sql.includes('DELETE')) await world.db.query('UPDATE replicas SET beat = 2 WHERE id = $1', [replica])
    return queryOn(world.db)<never>(sql, parameters)
  }
  await settling(query)
  expect(await listIds()).toEqual([replica])
})

test('Where the register cannot be read, the leases run out all the same', async () => {
  const time = await settling(() => Promise.reject(new Error('No database')))
  expect(time).toBeGreaterThanOrEqual(leaseMs)
  expect(time).toBeLessThan(20 * leaseMs)
})

test('Where the database does not answer at all, the leases run out all the same', async () => {
  const time = await settling(() => new Promise(() => {}))
  expect(time).toBeGreaterThanOrEqual(leaseMs)
  expect(time).toBeLessThan(20 * leaseMs)
})

test('A fault that passes is got over', async () => {
  let asked = 0
  const query: Query = async (sql, parameters) => {
    asked += 1
    if (asked === 1) throw new Error('No database')
    return queryOn(world.db)<never>(sql, parameters)
  }
  expect(await settling(query, longLeaseMs)).toBeLessThan(longLeaseMs)
})
