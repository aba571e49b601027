import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AuditEvent } from '../../src/audit/audit-event.js'
import { createAuditFeed } from '../../src/audit/audit-feed.js'
import { bob, createWorld, disabled, type World } from './audit-world.js'

let world: World

beforeAll(async () => {
  world = await createWorld({ poolSize: 8 })
})
afterAll(() => world.close())

async function openFeed(capacity = 1000) {
  const feed = createAuditFeed({ db: world.db, capacity })
  await feed.open()
  return feed
}

async function readAll(events: AsyncIterable<AuditEvent>): Promise<AuditEvent[]> {
  const read: AuditEvent[] = []
  for await (const event of events) read.push(event)
  return read
}

const recordAs = (actor: string) => world.record(disabled(bob, actor))
const actorsOf = (events: readonly AuditEvent[]) => events.map(({ actorId }) => actorId)

test('AUDIT-50 a subscriber gets what is sealed from now on, and nothing from before', async () => {
  await recordAs('before')
  await world.seal()
  const feed = await openFeed()
  const events = feed.subscribe()
  await recordAs('after')
  await feed.announce()
  await world.seal()
  await feed.announce()
  await feed.announce()
  feed.close()
  expect(actorsOf(await readAll(events))).toEqual(['after'])
})

test('AUDIT-51 an event whose transaction was open at the time is announced when it commits', async () => {
  const feed = await openFeed()
  const events = feed.subscribe()
  await world.db.transaction(async (slow) => {
    await world.audit.record(slow, disabled(bob, 'slow'))
    await recordAs('quick')
    await world.seal()
    await feed.announce()
  })
  await world.seal()
  await feed.announce()
  feed.close()
  expect(actorsOf(await readAll(events))).toEqual(['quick', 'slow'])
})

test('AUDIT-52 a reader that is too slow is told so after what it was given; others read on', async () => {
  const feed = await openFeed(2)
  const [slow, quick] = [feed.subscribe(), feed.subscribe()]
  const read: AuditEvent[] = []
  const reading = (async () => {
    for await (const event of quick) read.push(event)
  })()
  for (const actor of ['1', '2', '3', '4']) {
    await recordAs(actor)
    await world.seal()
    await feed.announce()
  }
  feed.close()
  await reading
  expect(actorsOf(read)).toEqual(['1', '2', '3', '4'])
  expect([(await slow.next()).value?.actorId, (await slow.next()).value?.actorId]).toEqual(['1', '2'])
  await expect(slow.next()).rejects.toMatchObject({ code: 'RATE_LIMITED' })
})

test('AUDIT-53 nobody can subscribe to a feed that is not open', async () => {
  const feed = createAuditFeed({ db: world.db, capacity: 10 })
  expect(() => feed.subscribe()).toThrow('not open')
  await feed.open()
  feed.close()
  expect(() => feed.subscribe()).toThrow('not open')
  await feed.announce()
})

test('AUDIT-53 a feed that is closed while it reads stays closed', async () => {
  const feed = await openFeed()
  const announcing = feed.announce()
  feed.close()
  await announcing
  expect(() => feed.subscribe()).toThrow('not open')
})

test('AUDIT-54 under concurrent commits no subscriber misses an event or gets one twice, whenever it came', async () => {
  const writer = fc.record({ events: fc.integer({ min: 1, max: 6 }), pauses: fc.integer({ min: 0, max: 3 }) })
  const writers = fc.array(writer, { minLength: 1, maxLength: 6 })
  const arrivals = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 4 })
  let run = 0
  await fc.assert(
    fc.asyncProperty(writers, arrivals, async (programs, turns) => {
      run += 1
      const feed = await openFeed()
      const committing = new Set<string>()
      const started: string[] = []

      const write = async (name: string, { events, pauses }: (typeof programs)[number]) => {
        for (let count = 0; count < events; count += 1) {
          const actor = `${run}-${name}-${count}`
          await world.db.transaction(async (tx) => {
            started.push(actor)
            await world.audit.record(tx, disabled(bob, actor))
            for (let pause = 0; pause < pauses; pause += 1) await tx.query('SELECT')
            committing.add(actor)
          })
        }
      }
      const subscribe = async (turn: number) => {
        for (let count = 0; count < turn; count += 1) await world.db.query('SELECT')
        return { events: feed.subscribe(), before: new Set(committing) }
      }
      const written = new AbortController()
      const sealing = [world.db, await otherReplica()].map(async (replica) => {
        while (!written.signal.aborted) await world.seal(replica)
      })
      const announcing = (async () => {
        while (!written.signal.aborted) await feed.announce()
      })()
      const [subscribers] = await Promise.all([
        Promise.all(turns.map(subscribe)),
        Promise.all(programs.map((program, index) => write(String(index), program))),
      ])
      written.abort()
      await Promise.all([...sealing, announcing])
      await world.seal()
      await feed.announce()
      feed.close()

      const chain = await sealedActors()
      for (const { events, before } of subscribers) {
        const actors = actorsOf(await readAll(events))
        // A run of the chain up to its end is: in order, nothing twice, nothing left out.
        expect(actors).toEqual(chain.slice(chain.length - actors.length))
        expect(actors).toEqual(expect.arrayContaining(started.filter((actor) => !before.has(actor))))
      }
    }),
    { numRuns: 12 },
  )
})

let replica: Promise<World['db']> | undefined
const otherReplica = () => (replica ??= world.connect())

async function sealedActors(): Promise<string[]> {
  const rows = await world.db.query<{ actor: string }[]>(
    'SELECT actor_id AS actor FROM audit_events WHERE position IS NOT NULL ORDER BY position',
  )
  return rows.map(({ actor }) => actor)
}
