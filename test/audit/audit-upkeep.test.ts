import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createAuditFeed } from '../../src/audit/audit-feed.js'
import { createAuditUpkeep } from '../../src/audit/audit-upkeep.js'
import { bob, createWorld, disabled, newMasterKey, type World } from './audit-world.js'

let world: World

beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.close())

/** A schedule whose time comes when the test says so. */
function createFakeSchedule() {
  let due: (() => void) | null = null
  const pauses: number[] = []
  let onScheduled: (() => void) | null = null
  return {
    isSet: () => due !== null,
    /** The pauses that were asked for. */
    pauses,
    schedule(work: () => void, afterSeconds: number) {
      due = work
      pauses.push(afterSeconds)
      onScheduled?.()
      return () => {
        due = null
      }
    },
    /** Resolves when the work is done and set for the next time. */
    elapse: () =>
      new Promise<void>((resolve) => {
        const work = due
        due = null
        onScheduled = resolve
        work?.()
      }),
  }
}

function createUpkeep(overrides: Partial<Parameters<typeof createAuditUpkeep>[0]> = {}) {
  const feed = createAuditFeed({ db: world.db, capacity: 100 })
  const timer = createFakeSchedule()
  const failures: unknown[] = []
  const upkeep = createAuditUpkeep({
    db: world.db,
    masterKey: world.masterKey,
    randomBytes,
    feed,
    everySeconds: 0.25,
    schedule: (work, afterSeconds) => timer.schedule(work, afterSeconds),
    onFailure: (error) => failures.push(error),
    ...overrides,
  })
  return { feed, timer, failures, upkeep }
}

test('AUDIT-60 each round seals what was committed and announces it', async () => {
  const { feed, timer, failures, upkeep } = createUpkeep()
  await upkeep.start()
  const events = feed.subscribe()
  await world.record(disabled(bob, 'first'))
  await timer.elapse()
  await world.record(disabled(bob, 'second'))
  await timer.elapse()
  expect((await events.next()).value?.actorId).toBe('first')
  expect((await events.next()).value?.actorId).toBe('second')
  await upkeep.stop()
  expect(failures).toEqual([])
})

test('AUDIT-61 stopping ends all subscriptions and the rounds', async () => {
  const { feed, timer, upkeep } = createUpkeep()
  await upkeep.start()
  const next = feed.subscribe().next()
  await upkeep.stop()
  expect(await next).toEqual({ done: true, value: undefined })
  expect(timer.isSet()).toBe(false)
})

test('AUDIT-61 stopping waits for the round under way', async () => {
  const { feed, timer, upkeep } = createUpkeep()
  await upkeep.start()
  const events = feed.subscribe()
  await world.record(disabled(bob, 'last'))
  void timer.elapse()
  await upkeep.stop()
  expect((await events.next()).value?.actorId).toBe('last')
  expect((await events.next()).done).toBe(true)
  expect(timer.isSet()).toBe(false)
})

test('AUDIT-62 a round that fails is reported, and the next one makes up for it', async () => {
  const { feed, timer, failures, upkeep } = createUpkeep()
  await upkeep.start()
  const events = feed.subscribe()
  await world.record(disabled(bob, 'late'))
  await world.db.query('ALTER TABLE audit_events RENAME TO away')
  await timer.elapse()
  expect(failures).toHaveLength(2)
  await world.db.query('ALTER TABLE away RENAME TO audit_events')
  await timer.elapse()
  expect((await events.next()).value?.actorId).toBe('late')
  await upkeep.stop()
})

test('AUDIT-62 where this replica cannot seal, what another one seals is still announced', async () => {
  const { feed, timer, failures, upkeep } = createUpkeep()
  await upkeep.start()
  const events = feed.subscribe()
  await world.record(disabled(bob, 'sealed elsewhere'))
  await world.seal()
  await world.record(disabled(bob))
  await world.tamper(`UPDATE audit_chain SET mac = ''`)
  await timer.elapse()
  expect((await events.next()).value?.actorId).toBe('sealed elsewhere')
  expect(failures).toEqual([expect.objectContaining({ name: 'AuditChainError' })])
  await upkeep.stop()
})

test('AUDIT-62 while rounds fail they become rarer, and frequent again with the first that does not', async () => {
  const { timer, upkeep } = createUpkeep()
  await upkeep.start()
  await world.db.query('ALTER TABLE audit_events RENAME TO away')
  for (let round = 0; round < 8; round += 1) await timer.elapse()
  await world.db.query('ALTER TABLE away RENAME TO audit_events')
  await timer.elapse()
  expect(timer.pauses).toEqual([0.25, 0.5, 1, 2, 4, 8, 15, 15, 15, 0.25])
  await upkeep.stop()
})

test('AUDIT-63 without the master key of the chain nothing starts', async () => {
  const { timer, upkeep } = createUpkeep({ masterKey: newMasterKey() })
  await expect(upkeep.start()).rejects.toThrow(/audit chain key/)
  expect(timer.isSet()).toBe(false)
})
