import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { removeDeadSessions } from '../../src/sessions/session-cleanup.js'
import { clientId, createWorld, origin, type Replica, type World } from './session-world.js'

let world: World
let replica: Replica
let user: Awaited<ReturnType<World['addUser']>>

beforeAll(async () => {
  world = await createWorld()
  replica = await world.openReplica()
  user = await world.addUser('somebody')
})
afterAll(() => world.close())
beforeEach(() => world.db.query('TRUNCATE sessions'))

const rules = () => ({ db: world.db, now: world.now, keepSeconds: 100 })
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
    expect(await removeDeadSessions(rules(), 10)).toBe(1)
    world.advance(800)
    const [living] = await addSessions(1)
    world.advance(200)
    expect(await removeDeadSessions(rules(), 10)).toBe(2)
    const refreshed = replica.sessions.refresh({ refreshToken: living?.refreshToken ?? '', clientId, origin })
    await expect(refreshed).resolves.toMatchObject({ sessionId: living?.sessionId })
  })

  test('removes no more at once than it is told', async () => {
    await addSessions(7)
    world.advance(1101)
    expect([await removeDeadSessions(rules(), 4), await removeDeadSessions(rules(), 4)]).toEqual([4, 3])
    expect(await countRows()).toBe(0)
  })

  test('waits for nobody: what is locked stays until the next time', async () => {
    const [held] = await addSessions(4)
    world.advance(1101)
    await replica.dataSource.transaction(async (tx) => {
      await tx.query('SELECT FROM sessions WHERE id = $1 FOR UPDATE', [held?.sessionId])
      expect(await removeDeadSessions(rules(), 10)).toBe(3)
    })
    expect(await removeDeadSessions(rules(), 10)).toBe(1)
  })

  test('several replicas share the work', async () => {
    await addSessions(20)
    world.advance(1101)
    const other = await world.openReplica()
    const removed = await Promise.all(
      [world, replica.deps, other.deps].map(({ db }) => removeDeadSessions({ ...rules(), db }, 10)),
    )
    expect(removed.reduce((sum, count) => sum + count)).toBe(20)
    expect(await countRows()).toBe(0)
  })
})
