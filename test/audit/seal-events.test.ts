import { afterAll, beforeAll, expect, test } from 'vitest'
import { verifyAuditChain } from '../../src/audit/verify-chain.js'
import { bob, createWorld, disabled, type World } from './audit-world.js'

let world: World

beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const verify = () => verifyAuditChain({ db: world.db, masterKey: world.masterKey })
const actors = async () => {
  const rows = await world.db.query<{ actor: string }[]>(
    'SELECT actor_id AS actor FROM audit_events WHERE position IS NOT NULL ORDER BY position',
  )
  return rows.map(({ actor }) => actor)
}

test('AUDIT-20 a transaction that is open MUST NOT hold up others, and its event comes after theirs', async () => {
  await world.db.transaction(async (slow) => {
    await world.audit.record(slow, disabled(bob, 'slow'))
    world.tick()
    await world.record(disabled(bob, 'quick'))
    await world.seal()
    expect(await actors()).toEqual(['quick'])
  })
  await world.seal()
  expect(await actors()).toEqual(['quick', 'slow'])
  expect((await verify()).fault).toBeNull()
})

test('AUDIT-21 a replica that seals MUST NOT hold up writers or another replica that would seal', async () => {
  await world.record(disabled(bob))
  await world.db.transaction(async (sealing) => {
    await sealing.query('SELECT FROM audit_chain FOR UPDATE')
    await world.record(disabled(bob))
    await world.seal()
    expect((await verify()).unsealed.count).toBe(2)
  })
  await world.seal()
  expect(await verify()).toMatchObject({ fault: null, unsealed: { count: 0 } })
})

test('AUDIT-22 with many writers and three replicas that seal at once, the chain is one and whole', async () => {
  const { head: before } = await verify()
  const replicas = [world.db, await world.connect(), await world.connect()]
  const written = new AbortController()
  const sealing = replicas.map(async (replica) => {
    while (!written.signal.aborted) await world.seal(replica)
  })
  const perWriter = 25
  const writers = Array.from({ length: 10 }, async (_, writer) => {
    for (let count = 0; count < perWriter; count += 1) await world.record(disabled(bob, `writer-${writer}`))
  })
  await Promise.all(writers)
  written.abort()
  await Promise.all(sealing)
  await world.seal()

  expect(await verify()).toMatchObject({
    fault: null,
    head: { position: before.position + 10 * perWriter },
    unsealed: { count: 0 },
  })
})

test('AUDIT-23 more events than a batch are sealed in one go', async () => {
  const { head: before } = await verify()
  await world.db.query(
    `INSERT INTO audit_events (created_at, action, result, details)
     SELECT now(), 'user.disabled', 'success', '{}' FROM generate_series(1, 1100)`,
  )
  await world.seal()
  expect((await verify()).head.position).toBe(before.position + 1100)
})
