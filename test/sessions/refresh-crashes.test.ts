import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SessionTokens } from '../../src/sessions/issue-session.js'
import { gateStatements } from './schedules.js'
import { clientId, createWorld, origin, type Replica, type World } from './session-world.js'

let world: World
let user: Awaited<ReturnType<World['addUser']>>
let sturdy: Replica
let frail: Replica
let statements: string[] = []
let breaksBefore: number | null = null

beforeAll(async () => {
  world = await createWorld()
  user = await world.addUser('somebody')
  sturdy = await world.openReplica()
  frail = await world.openReplica({ poolSize: 1 })
  gateStatements(frail.dataSource, async (sql, connection) => {
    if (statements.push(sql) - 1 !== breaksBefore) return
    const [{ pid }] = await connection.query('SELECT pg_backend_pid() AS pid')
    await world.db.query('SELECT pg_terminate_backend($1, 5000)', [pid])
  })
})
afterAll(() => world.close())

const refresh = (replica: Replica, { refreshToken }: Pick<SessionTokens, 'refreshToken'>) =>
  replica.sessions.refresh({ refreshToken, clientId, origin })

/** Refreshes on the frail replica, whose connection is cut before the statement of this number; null: never. */
async function refreshAndCrash(tokens: SessionTokens, before: number | null) {
  statements = []
  breaksBefore = before
  const [result] = await Promise.allSettled([refresh(frail, tokens)])
  return result
}

/** A token that is too old, and the one that is current. */
async function useTwice() {
  const first = await sturdy.sessions.login(user)
  const last = await refresh(sturdy, await refresh(sturdy, first))
  return { first, last }
}

describe('a replica that dies between two SQL steps of a refresh', () => {
  test.each([
    ['of the current token', false],
    ['of a token whose answer was lost', true],
  ])('%s leaves one session with one successor, whatever the step', async (_name, isRetry) => {
    const prepare = async () => {
      const first = await sturdy.sessions.login(user)
      const answered = isRetry ? await refresh(sturdy, first) : null
      return { first, answered }
    }
    await refreshAndCrash((await prepare()).first, null)
    const steps = statements.length
    expect(steps).toBeGreaterThanOrEqual(isRetry ? 4 : 5)

    for (let step = 0; step < steps; step++) {
      const { first, answered } = await prepare()
      const crashed = await refreshAndCrash(first, step)
      expect(crashed.status).toBe('rejected')
      const { generation } = await world.readSession(first.sessionId)
      expect(generation).toBe(isRetry ? 1 : 0)

      const retried = await refresh(sturdy, first)
      if (answered !== null) expect(retried.refreshToken).toBe(answered.refreshToken)
      const next = await refresh(sturdy, retried)
      expect(next.sessionId).toBe(first.sessionId)
      await expect(refresh(sturdy, next)).resolves.toMatchObject({ sessionId: first.sessionId })
    }
  })

  test('after the commit and before the answer: the retry gets the successor that was committed', async () => {
    const first = await sturdy.sessions.login(user)
    await refreshAndCrash(first, null)
    const { generation, tokenHash } = await world.readSession(first.sessionId)
    expect(generation).toBe(1)
    const retried = await refresh(sturdy, first)
    expect(await world.readSession(first.sessionId)).toMatchObject({ generation, tokenHash })
    await expect(refresh(sturdy, retried)).resolves.toMatchObject({ sessionId: first.sessionId })
  })

  test('while a family ends: it is still whole, or it has ended with its access tokens', async () => {
    await refreshAndCrash((await useTwice()).first, null)
    const steps = statements.length
    for (let step = 0; step < steps; step++) {
      const { first, last } = await useTwice()
      await refreshAndCrash(first, step)
      expect(await world.readSession(first.sessionId)).toMatchObject({ endedAt: null })
      expect(await world.accepts(last.accessToken)).toBe(true)
      await expect(refresh(sturdy, first)).rejects.toMatchObject({ code: 'INVALID_GRANT' })
      expect(await world.accepts(last.accessToken)).toBe(false)
    }
  })
})
