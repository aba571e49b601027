import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { SessionTokens } from '../../src/sessions/issue-session.js'
import { createScheduler, exploreAll, gateStatements } from './schedules.js'
import { clientId, createWorld, origin, type Replica, type World } from './session-world.js'

let world: World
let user: Awaited<ReturnType<World['addUser']>>
let quiet: Replica
let north: Replica
let south: Replica
let scheduler: ReturnType<typeof createScheduler>

beforeAll(async () => {
  world = await createWorld()
  scheduler = createScheduler(world.db)
  quiet = await world.openReplica()
  north = await world.openReplica({ poolSize: 1 })
  south = await world.openReplica({ poolSize: 1 })
  gateStatements(north.dataSource, scheduler.gateOf('north'))
  gateStatements(south.dataSource, scheduler.gateOf('south'))
  user = await world.addUser('somebody')
})
afterAll(() => world.close())
beforeEach(() => world.db.query('TRUNCATE sessions, told'))

const refresh = (replica: Replica, { refreshToken }: SessionTokens) =>
  replica.sessions.refresh({ refreshToken, clientId, origin })
const logout = (replica: Replica, { sessionId }: SessionTokens) =>
  replica.sessions.logout({ userId: user.id, sessionId, address: null, requestId: null })
const revoke = (replica: Replica, { sessionId }: SessionTokens) =>
  replica.sessions.revokeSession({ userId: user.id, sessionId, address: null, requestId: null })
type Answer = SessionTokens | number | void
type Result = PromiseSettledResult<Answer>
const tokenOf = (result: Result | undefined) =>
  result?.status === 'fulfilled' && typeof result.value === 'object' ? result.value.refreshToken : null
const codeOf = (result: Result | undefined) =>
  result?.status === 'rejected' ? result.reason.code : 'answered'

// As the users domain does it: the user's row first, then the sessions.
function disable({ dataSource, sessions }: Replica) {
  return dataSource.transaction(async (tx) => {
    await tx.query(`SELECT set_config('fieldgate.user_disabling', 'handled', true)`)
    await tx.query('UPDATE users SET disabled_at = $2 WHERE id = $1', [user.id, world.now()])
    await sessions.endAllSessions(tx, user.id, {
      except: null,
      reason: 'user_disabled',
      address: null,
      requestId: null,
    })
  })
}

describe('every order of the SQL steps of two replicas', () => {
  test('two refreshes with one token: both get the same successor, and it works', async () => {
    const schedules = await exploreAll(async (choose) => {
      const first = await quiet.sessions.login(user)
      const actors = [
        { name: 'north', run: () => refresh(north, first) },
        { name: 'south', run: () => refresh(south, first) },
      ]
      const [one, other] = await scheduler.runSchedule<Answer>(actors, choose)
      expect(tokenOf(one)).toBeTypeOf('string')
      expect(tokenOf(other)).toBe(tokenOf(one))
      const next = await refresh(quiet, { ...first, refreshToken: tokenOf(one) ?? '' })
      expect(next.sessionId).toBe(first.sessionId)
    })
    expect(schedules).toBeGreaterThan(5)
  })

  test('refreshes with a token and with its successor: the order decides, and no token works beside another', async () => {
    const outcomes = new Set<string>()
    await exploreAll(async (choose) => {
      const first = await quiet.sessions.login(user)
      const second = await refresh(quiet, first)
      const actors = [
        { name: 'north', run: () => refresh(north, first) },
        { name: 'south', run: () => refresh(south, second) },
      ]
      const [late, next] = await scheduler.runSchedule<Answer>(actors, choose)
      outcomes.add(`${codeOf(late)}, ${codeOf(next)}`)
      const { endReason } = await world.readSession(first.sessionId)
      if (codeOf(late) === 'answered') expect(tokenOf(late)).toBe(second.refreshToken)
      expect(endReason).toBe(codeOf(late) === 'answered' ? null : 'replayed')
    })
    // Retried before the successor is used, or replayed after it.
    expect([...outcomes].toSorted()).toEqual(['INVALID_GRANT, answered', 'answered, answered'])
  })

  test('a refresh and a logout: whatever comes first, nothing of the session works afterwards', async () => {
    const outcomes = new Set<string>()
    const schedules = await exploreAll(async (choose) => {
      const first = await quiet.sessions.login(user)
      const actors = [
        { name: 'north', run: () => refresh(north, first) },
        { name: 'south', run: () => logout(south, first) },
      ]
      const [refreshed, loggedOut] = await scheduler.runSchedule<Answer>(actors, choose)
      outcomes.add(`${codeOf(refreshed)}, ${codeOf(loggedOut)}`)
      expect(await world.accepts(first.accessToken)).toBe(false)
      for (const refreshToken of [first.refreshToken, tokenOf(refreshed) ?? first.refreshToken]) {
        await expect(refresh(quiet, { ...first, refreshToken })).rejects.toMatchObject({
          code: 'INVALID_GRANT',
        })
      }
      expect(await world.readSession(first.sessionId)).toMatchObject({ endReason: 'logout' })
    })
    expect(schedules).toBeGreaterThan(5)
    expect([...outcomes].toSorted()).toEqual(['INVALID_GRANT, answered', 'answered, answered'])
  })

  test('two who revoke one session: one ends it, the other finds none', async () => {
    await exploreAll(async (choose) => {
      const first = await quiet.sessions.login(user)
      const actors = [
        { name: 'north', run: () => revoke(north, first) },
        { name: 'south', run: () => revoke(south, first) },
      ]
      const results = await scheduler.runSchedule<Answer>(actors, choose)
      expect(new Set(results.map(codeOf))).toEqual(new Set(['NOT_FOUND', 'answered']))
    })
  })

  test('a refresh and disabling the user: no token outlives it', async () => {
    const schedules = await exploreAll(async (choose) => {
      await world.enableUser(user.id)
      const first = await quiet.sessions.login(user)
      const actors = [
        { name: 'north', run: () => refresh(north, first) },
        { name: 'south', run: () => disable(south) },
      ]
      await scheduler.runSchedule<Answer>(actors, choose)
      await world.enableUser(user.id)
      expect(await quiet.sessions.list(user.id)).toEqual([])
      expect(await world.accepts(first.accessToken)).toBe(false)
    })
    expect(schedules).toBeGreaterThan(5)
  })

  test('a sign-in and disabling the user: no session outlives it', async () => {
    const schedules = await exploreAll(async (choose) => {
      await world.enableUser(user.id)
      const actors = [
        { name: 'north', run: () => north.sessions.login(user) },
        { name: 'south', run: () => disable(south) },
      ]
      await scheduler.runSchedule<Answer>(actors, choose)
      expect(await quiet.sessions.list(user.id)).toEqual([])
    })
    await world.enableUser(user.id)
    expect(schedules).toBeGreaterThan(5)
  })

  test('two who end the same sessions at once: each session is ended once', async () => {
    await exploreAll(async (choose) => {
      await Promise.all([quiet.sessions.login(user), quiet.sessions.login(user)])
      const endAll = ({ sessions }: Replica) =>
        sessions.revokeOtherSessions({ userId: user.id, sessionId: null, address: null, requestId: null })
      const actors = [
        { name: 'north', run: () => endAll(north) },
        { name: 'south', run: () => endAll(south) },
      ]
      const results = await scheduler.runSchedule<Answer>(actors, choose)
      const counts = results.map((result) => result.status === 'fulfilled' && result.value)
      expect(new Set(counts)).toEqual(new Set([0, 2]))
      await world.db.query('DELETE FROM sessions')
    })
  })

  test('two who end all other sessions at once never lock each other out', async () => {
    const schedules = await exploreAll(async (choose) => {
      const [one, other] = [await quiet.sessions.login(user), await quiet.sessions.login(user)]
      const others = (replica: Replica, { sessionId }: SessionTokens) =>
        replica.sessions.revokeOtherSessions({ userId: user.id, sessionId, address: null, requestId: null })
      const actors = [
        { name: 'north', run: () => others(north, one) },
        { name: 'south', run: () => others(south, other) },
      ]
      const results = await scheduler.runSchedule<Answer>(actors, choose)
      expect(results.map(codeOf)).toEqual(['answered', 'answered'])
      await world.db.query('DELETE FROM sessions')
    })
    expect(schedules).toBeGreaterThan(5)
  })
})
