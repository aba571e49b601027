import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openChainKey } from '../../src/audit/chain-head.js'
import { verifyAuditChain } from '../../src/audit/verify-chain.js'
import { createMasterKey } from '../../src/tokens/master-key.js'
import { bob, createWorld, disabled, type World } from './audit-world.js'

let world: World

beforeAll(async () => {
  world = await createWorld()
  await world.record(disabled(bob))
  await world.seal()
})
afterAll(() => world.close())

const anyKey = () => randomBytes(32).toString('base64')

test('AUDIT-30 replicas that start at once get one key', async () => {
  await world.tamper('DELETE FROM audit_events')
  await world.tamper('DELETE FROM audit_chain')
  const open = () => openChainKey({ db: world.db, masterKey: world.masterKey, randomBytes })
  const keys = await Promise.all([open(), open(), open()])
  expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(1)
})

test('AUDIT-31 after a change of the master key the chain keeps its key, sealed under the new one', async () => {
  const fresh = await createWorld()
  const [old, next] = [anyKey(), anyKey()]
  await fresh.tamper('DELETE FROM audit_chain')
  const before = createMasterKey({ current: old, randomBytes })
  const key = await openChainKey({ db: fresh.db, masterKey: before, randomBytes })

  const both = createMasterKey({ current: next, previous: [old], randomBytes })
  expect(await openChainKey({ db: fresh.db, masterKey: both, randomBytes })).toEqual(key)
  const after = createMasterKey({ current: next, randomBytes })
  expect(await openChainKey({ db: fresh.db, masterKey: after, randomBytes })).toEqual(key)
  expect((await verifyAuditChain({ db: fresh.db, masterKey: after })).fault).toBeNull()
  await fresh.close()
})

test('AUDIT-32 MUST NOT start a new chain beside events that an old one sealed', async () => {
  const lost = await createWorld()
  await lost.record(disabled(bob))
  await lost.seal()
  await lost.tamper('DELETE FROM audit_chain')
  const opening = openChainKey({ db: lost.db, masterKey: lost.masterKey, randomBytes })
  await expect(opening).rejects.toThrow(/chain is gone/)
  await expect(verifyAuditChain({ db: lost.db, masterKey: lost.masterKey })).rejects.toThrow(/no audit chain/)
  await lost.close()
})
