import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../src/testing/database.js'
import { testAdministrator } from '../../src/testing/test-app.js'
import { deferred } from '../support/deferred.js'
import { refresh, signIn, signInAdministrator, standingOf, type Tokens } from './client.js'
import { type PostgresGate, startPostgresGate, type StopAt } from './postgres-gate.js'
import { killReplica, type Replica, startReplica, stopReplica } from './replica.js'

let database: TestDatabase
let sql: Client
let gate: PostgresGate
let steady: Replica
let frail: Replica

// A refresh locks the family of its token in its first statement.
const isRefresh = (second: string) => second.includes('FROM sessions WHERE family_hash = $1 FOR UPDATE')

const startFrail = () => startReplica({ DATABASE_URL: gate.url, DATABASE_LISTEN_URL: database.url })

beforeAll(async () => {
  database = await createTestDatabase()
  sql = new Client({ connectionString: database.url })
  gate = await startPostgresGate(database.url, isRefresh)
  const [first, second] = await Promise.all([
    startReplica({ DATABASE_URL: database.url }),
    startFrail(),
    sql.connect(),
  ])
  steady = first
  frail = second
})
afterAll(async () => {
  await Promise.all([stopReplica(steady), stopReplica(frail)])
  await gate.close()
  await sql.end()
  await database.drop()
})

/** Refreshes on the frail replica, which is killed at that step, while `meanwhile` is under way. */
async function refreshAndKill(
  tokens: Tokens,
  at: StopAt,
  meanwhile: () => unknown = () => {},
): Promise<void> {
  const stopped = gate.stopAt(at)
  const answer = expect(refresh(frail, tokens)).rejects.toThrow('fetch failed')
  await stopped
  meanwhile()
  await killReplica(frail)
  await answer
}

/** The session is alive, was refreshed once, and goes on with that one successor. */
async function expectOneSuccessor(first: Tokens, successors: readonly Tokens[]): Promise<void> {
  const [successor, ...others] = successors
  if (successor === undefined) throw new Error('There is no successor.')
  expect(others.filter(({ refreshToken }) => refreshToken !== successor.refreshToken)).toEqual([])
  const text = `SELECT generation, ended_at AS "endedAt",
      token_hash = sha256(convert_to($2, 'utf8')) AS "isCurrent" FROM sessions WHERE id = $1`
  const { rows } = await sql.query(text, [first.sessionId, successor.refreshToken])
  expect(rows).toEqual([{ generation: 1, endedAt: null, isCurrent: true }])
  const next = await refresh(frail, successor)
  expect(next.sessionId).toBe(first.sessionId)
  expect(await standingOf(steady, next)).toBe('accepted')
  expect(await standingOf(frail, next)).toBe('accepted')
}

async function stepsOfARefresh(): Promise<readonly string[]> {
  await refresh(frail, await signInAdministrator(frail))
  const steps = gate.steps()
  expect(steps.at(0)).toMatch(/^START TRANSACTION/)
  expect(steps.filter((step) => /^(SELECT|UPDATE)/.test(step)).length).toBeGreaterThanOrEqual(3)
  expect(steps.at(-1)).toBe('COMMIT')
  return steps
}

test('kill -9 between any two SQL steps of a refresh, and a restart: one successor, and no session is lost', async () => {
  const steps = await stepsOfARefresh()
  const stops: StopAt[] = [...steps.keys(), 'committed' as const].slice(1)
  for (const at of stops) {
    const first = await signIn(steady, testAdministrator)
    await refreshAndKill(first, at)
    frail = await startFrail()
    await expectOneSuccessor(first, [await refresh(frail, first), await refresh(steady, first)])
  }
}, 180_000)

test('another replica that waits for the row of the killed one finds the token unused', async () => {
  const last = (await stepsOfARefresh()).length - 1
  const first = await signIn(steady, testAdministrator)
  const other = deferred<Tokens>()
  await refreshAndKill(first, last, () => other.resolve(refresh(steady, first)))
  frail = await startFrail()
  await expectOneSuccessor(first, [await other.promise, await refresh(frail, first)])
}, 120_000)
