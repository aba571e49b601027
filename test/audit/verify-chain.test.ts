import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { chainStart, headMac, nextPoint } from '../../src/audit/audit-chain.js'
import { verifyAuditChain } from '../../src/audit/verify-chain.js'
import { bob, createWorld, disabled, newMasterKey, type World } from './audit-world.js'

let world: World

beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const verify = (options = {}) =>
  verifyAuditChain({ db: world.db, masterKey: world.masterKey, batchSize: 3, ...options })

async function startAnew(): Promise<void> {
  const { position, hash } = chainStart
  const mac = headMac(world.key, chainStart)
  await world.tamper('DELETE FROM audit_events')
  await world.tamper('UPDATE audit_chain SET position = $1, hash = $2, mac = $3', [position, hash, mac])
}

/** Ten sealed events. */
beforeEach(async () => {
  await startAnew()
  for (let place = 1; place <= 10; place += 1) {
    world.tick()
    await world.record(disabled(bob, `actor-${place}`))
  }
  await world.seal()
})

test('AUDIT-10 an untouched log verifies, with its head and what is not sealed yet', async () => {
  await world.record(disabled(bob))
  const progress: number[] = []
  const result = await verify({ onProgress: ({ position }: { position: number }) => progress.push(position) })
  expect(result).toMatchObject({ fault: null, head: { position: 10 }, unsealed: { count: 1 } })
  expect(result.unsealed.oldest).toBeInstanceOf(Date)
  expect(progress).toEqual([3, 6, 9, 10])
})

test('AUDIT-11 an empty log verifies', async () => {
  await startAnew()
  expect(await verify()).toMatchObject({ fault: null, head: { position: 0 }, unsealed: { count: 0 } })
})

test.each([
  ['id', `'00000000-0000-4000-8000-000000000001'`],
  ['created_at', `created_at + interval '1 millisecond'`],
  ['created_at', `'infinity'`],
  ['action', `'user.enabled'`],
  ['actor_id', `'actor-6'`],
  ['actor_id', 'NULL'],
  ['subject_id', `'somebody'`],
  ['result', `'refused'`],
  ['address', `'192.0.2.8'`],
  ['request_id', 'NULL'],
  ['details', `'{"roles":["admin"]}'`],
  ['hash', `sha256('')`],
])('AUDIT-12 MUST find a changed %s (%s)', async (column, value) => {
  await world.tamper(`UPDATE audit_events SET ${column} = ${value} WHERE position = 5`)
  const { fault } = await verify()
  expect(fault).toMatchObject({ fault: 'altered', position: 5 })
  expect(fault?.expected).not.toBe(fault?.found)
})

test.each([1, 4, 10])('AUDIT-13 MUST find that event %i was removed', async (position) => {
  await world.tamper('DELETE FROM audit_events WHERE position = $1', [position])
  expect((await verify()).fault).toMatchObject({ fault: 'missing', position })
})

test('AUDIT-13 MUST find that the log was cut off', async () => {
  await world.tamper('DELETE FROM audit_events WHERE position > 6')
  expect((await verify()).fault).toEqual({
    fault: 'missing',
    position: 7,
    expected: 'an event at 7',
    found: 'no event',
  })
})

test('AUDIT-14 MUST find that the log was cut off and its head set back', async () => {
  await world.tamper('DELETE FROM audit_events WHERE position > 6')
  await world.tamper(`UPDATE audit_chain SET position = 6,
    hash = (SELECT hash FROM audit_events WHERE position = 6)`)
  expect((await verify()).fault).toMatchObject({ fault: 'head-forged', position: 6 })
})

test('AUDIT-14 the server MUST refuse to go on from a head that it did not write', async () => {
  await world.tamper('UPDATE audit_chain SET position = 6')
  await world.record(disabled(bob))
  await expect(world.seal()).rejects.toThrow(/not written by this server/)
  expect((await verify()).fault?.fault).toBe('head-forged')
})

test('AUDIT-15 MUST find an event that was added at the end', async () => {
  await world.tamper(`INSERT INTO audit_events (created_at, action, result, details, position, hash)
    VALUES (now(), 'user.enabled', 'success', '{}', 11, sha256(''))`)
  expect((await verify()).fault).toMatchObject({ fault: 'unlisted', position: 11 })
})

test('AUDIT-15 MUST find an event that was slipped in between, with the later ones moved on', async () => {
  await world.tamper('UPDATE audit_events SET position = position + 100 WHERE position > 3')
  await world.tamper('DELETE FROM audit_events WHERE position = 110')
  await world.tamper('UPDATE audit_events SET position = position - 99 WHERE position > 100')
  await world.tamper(`INSERT INTO audit_events (created_at, action, result, details, position, hash)
    VALUES (now(), 'user.enabled', 'success', '{}', 4, sha256(''))`)
  expect((await verify()).fault).toMatchObject({ fault: 'altered', position: 4 })
})

test('AUDIT-15 MUST find an event before the first place, whatever became of the constraints', async () => {
  await world.tamper('ALTER TABLE audit_events DROP CONSTRAINT ck_audit_events_sealed')
  await world.tamper('UPDATE audit_events SET position = -1 WHERE position = 1')
  expect((await verify()).fault).toMatchObject({ fault: 'unlisted', position: -1 })
  await world.tamper('DELETE FROM audit_events')
  await world.tamper(`ALTER TABLE audit_events
    ADD CONSTRAINT ck_audit_events_sealed CHECK (num_nulls(position, hash) <> 1 AND position > 0)`)
})

test('AUDIT-16 MUST find two events that changed places', async () => {
  await world.tamper(`UPDATE audit_events SET position = 1000 WHERE position = 2`)
  await world.tamper(`UPDATE audit_events SET position = 2 WHERE position = 3`)
  await world.tamper(`UPDATE audit_events SET position = 3 WHERE position = 1000`)
  expect((await verify()).fault).toMatchObject({ fault: 'altered', position: 2 })
})

test('AUDIT-17 a chain that was built anew with another key MUST NOT verify', async () => {
  const forged = Buffer.alloc(32, 1)
  const content = { createdAt: '0', action: 'x', actorId: null, subjectId: null, result: 'success' }
  const event = { ...content, id: 'x', address: null, requestId: null, details: '{}' }
  const point = nextPoint(forged, { position: 9, hash: Buffer.alloc(32) }, event)
  await world.tamper('UPDATE audit_events SET hash = $1 WHERE position = 10', [point.hash])
  await world.tamper('UPDATE audit_chain SET hash = $1, mac = $2', [point.hash, headMac(forged, point)])
  expect((await verify()).fault?.fault).toBe('head-forged')
  await expect(verify({ masterKey: newMasterKey() })).rejects.toThrow(/audit chain key/)
})

test('AUDIT-18 a head kept elsewhere MUST show that an old state was put back whole', async () => {
  const copy = 'CREATE TABLE old_chain AS SELECT * FROM audit_chain'
  await world.db.query(copy)
  world.tick()
  await world.record(disabled(bob))
  await world.seal()
  const { head: since } = await verify()
  await world.tamper('DELETE FROM audit_events WHERE position = 11')
  await world.tamper(`UPDATE audit_chain SET (position, hash, mac) =
    (SELECT position, hash, mac FROM old_chain)`)
  await world.db.query('DROP TABLE old_chain')

  expect((await verify()).fault).toBeNull()
  expect((await verify({ since })).fault).toMatchObject({ fault: 'rewound', position: 10 })

  world.tick()
  await world.record(disabled(bob, 'another'))
  await world.seal()
  expect((await verify({ since })).fault).toMatchObject({ fault: 'rewound', position: 11 })
})

test('AUDIT-19 verification since a head reads on from there, also after what lies before was removed', async () => {
  const { head: since } = await verify()
  world.tick()
  await world.record(disabled(bob))
  await world.seal()
  await world.tamper('DELETE FROM audit_events WHERE position <= 10')
  expect((await verify({ since })).fault).toBeNull()
  expect((await verify()).fault).toMatchObject({ fault: 'missing', position: 1 })
  const other = { position: 10, hash: Buffer.alloc(32) }
  expect((await verify({ since: other })).fault).toMatchObject({ fault: 'altered', position: 11 })
})
