import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type AuditFeed, createAuditFeed } from '../../src/audit/audit-feed.js'
import { openAuditUpkeep } from '../../src/audit/audit-upkeep.js'
import { bob, createWorld, disabled, newMasterKey, type World } from './audit-world.js'

let world: World

beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.close())

const openUpkeep = (feed: AuditFeed, masterKey = world.masterKey) =>
  openAuditUpkeep({ db: world.db, masterKey, randomBytes, feed })

test('AUDIT-60 each round seals what was committed and announces it', async () => {
  const feed = createAuditFeed({ db: world.db, capacity: 100 })
  const round = await openUpkeep(feed)
  const events = feed.subscribe()
  await world.record(disabled(bob, 'first'))
  await round()
  await world.record(disabled(bob, 'second'))
  await round()
  expect((await events.next()).value?.actorId).toBe('first')
  expect((await events.next()).value?.actorId).toBe('second')
})

test('AUDIT-62 the round after one that failed makes up for it', async () => {
  const feed = createAuditFeed({ db: world.db, capacity: 100 })
  const round = await openUpkeep(feed)
  const events = feed.subscribe()
  await world.record(disabled(bob, 'late'))
  await world.db.query('ALTER TABLE audit_events RENAME TO away')
  await expect(round()).rejects.toThrow('audit_events')
  await world.db.query('ALTER TABLE away RENAME TO audit_events')
  await round()
  expect((await events.next()).value?.actorId).toBe('late')
})

test('AUDIT-62 where this replica cannot seal, what another one seals is still announced', async () => {
  const feed = createAuditFeed({ db: world.db, capacity: 100 })
  const round = await openUpkeep(feed)
  const events = feed.subscribe()
  await world.record(disabled(bob, 'sealed elsewhere'))
  await world.seal()
  await world.record(disabled(bob))
  await world.tamper(`UPDATE audit_chain SET mac = ''`)
  await expect(round()).rejects.toMatchObject({ name: 'AuditChainError' })
  expect((await events.next()).value?.actorId).toBe('sealed elsewhere')
})

test('AUDIT-63 without the master key of the chain nothing starts', async () => {
  const feed = createAuditFeed({ db: world.db, capacity: 100 })
  await expect(openUpkeep(feed, newMasterKey())).rejects.toThrow(/audit chain key/)
})
