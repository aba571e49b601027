import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  createSessionCleanup,
  removeDeadSessions,
  type SessionCleanupDependencies,
} from '../../src/sessions/session-cleanup.js'
import { clientId, createWorld, origin, type Replica, type World } from './session-world.js'

let world: World
let replica: Replica
let user: Awaited<ReturnType<World['addUser']>>
const never = new AbortController().signal

beforeAll(async () => {
  world = await createWorld()
  replica = await world.openReplica()
  user = await world.addUser('somebody')
})
afterAll(() => world.close())
beforeEach(() => world.db.query('TRUNCATE sessions'))

const rules = (batchSize: number) => ({ db: world.db, now: world.now, keepSeconds: 100, batchSize })
const countRows = async () => (await world.db.query('SELECT FROM sessions')).length
const addSessions = (count: number) =>
  Promise.all(Array.from({ length: count }, () => replica.sessions.login(user)))

describe('removing dead sessions', () => {
  test('removes what expired or ended long enough ago, and nothing that lives', async () => {
    const [ended] = await addSessions(3)
    await replica.sessions.logout({
      userId: user.id,
      sessionId: ended?.sessionId ?? '',
      address: null,
      requestId: null,
    })
    world.advance(101)
    expect(await removeDeadSessions(rules(10), never)).toBe(1)
    world.advance(800)
    const [living] = await addSessions(1)
    world.advance(200)
    expect(await removeDeadSessions(rules(10), never)).toBe(2)
    const refreshed = replica.sessions.refresh({ refreshToken: living?.refreshToken ?? '', clientId, origin })
    await expect(refreshed).resolves.toMatchObject({ sessionId: living?.sessionId })
  })

  test('goes on batch by batch until nothing is left', async () => {
    await addSessions(7)
    world.advance(1101)
    expect(await removeDeadSessions(rules(3), never)).toBe(7)
    expect(await countRows()).toBe(0)
  })

  test('waits for nobody: what is locked stays until the next time', async () => {
    const [held] = await addSessions(4)
    world.advance(1101)
    await replica.dataSource.transaction(async (tx) => {
      await tx.query('SELECT FROM sessions WHERE id = $1 FOR UPDATE', [held?.sessionId])
      expect(await removeDeadSessions(rules(2), never)).toBe(3)
    })
    expect(await removeDeadSessions(rules(2), never)).toBe(1)
  })

  test('several replicas share the work', async () => {
    await addSessions(20)
    world.advance(1101)
    const other = await world.openReplica()
    const removed = await Promise.all(
      [world, replica.deps, other.deps].map(({ db }) => removeDeadSessions({ ...rules(2), db }, never)),
    )
    expect(removed.reduce((sum, count) => sum + count)).toBe(20)
    expect(await countRows()).toBe(0)
  })

  test('stops between two batches', async () => {
    await addSessions(4)
    world.advance(1101)
    expect(await removeDeadSessions(rules(2), AbortSignal.abort())).toBe(0)
    expect(await countRows()).toBe(4)
  })
})

describe('the background removal', () => {
  test('runs again and again, also after a failure, until it is stopped', async () => {
    const timer = createFakeTimer()
    const failures: unknown[] = []
    const cleanup = createSessionCleanup({
      ...rules(2),
      everySeconds: 60,
      schedule: timer.schedule,
      onFailure: (error) => failures.push(error),
    })
    await cleanup.start()
    await addSessions(3)
    world.advance(1101)
    expect(timer.waits).toEqual([60])

    await timer.fire()
    expect(await countRows()).toBe(0)

    await world.db.query('ALTER TABLE sessions RENAME TO sessions_elsewhere')
    await timer.fire()
    await world.db.query('ALTER TABLE sessions_elsewhere RENAME TO sessions')
    expect(failures).toEqual([
      expect.objectContaining({ message: expect.stringContaining('does not exist') }),
    ])

    await addSessions(1)
    world.advance(1101)
    await timer.fire()
    expect(await countRows()).toBe(0)

    await cleanup.stop()
    expect(timer.pending()).toBe(false)
  })

  test('stopping waits for the batch that runs, and schedules nothing more', async () => {
    const timer = createFakeTimer()
    const cleanup = createSessionCleanup({
      ...rules(2),
      everySeconds: 60,
      schedule: timer.schedule,
      onFailure: (error) => expect.unreachable(String(error)),
    })
    await addSessions(2)
    world.advance(1101)
    await cleanup.start()
    timer.start()
    await cleanup.stop()
    expect(await countRows()).toBe(0)
    expect(timer.pending()).toBe(false)
  })
})

function createFakeTimer() {
  const waits: number[] = []
  let work: (() => void) | null = null
  let onSchedule: (() => void) | null = null

  const schedule: SessionCleanupDependencies['schedule'] = (next, afterSeconds) => {
    waits.push(afterSeconds)
    work = next
    onSchedule?.()
    return () => {
      work = null
    }
  }

  function start(): void {
    const due = work
    work = null
    due?.()
  }

  return {
    waits,
    schedule,
    start,
    pending: () => work !== null,
    /** Lets the time pass, and waits until the next run is scheduled. */
    fire(): Promise<void> {
      return new Promise((resolve) => {
        onSchedule = resolve
        start()
      })
    },
  }
}
