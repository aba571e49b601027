import { request } from 'node:http'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../src/testing/database.js'
import {
  createUser,
  type Credentials,
  dataOf,
  type Endpoint,
  refresh,
  refreshMutation,
  send,
  signIn,
  signInAdministrator,
  standingOf,
  type Tokens,
  tryRefresh,
} from './client.js'
import { type Replica, startReplica, stopReplica } from './replica.js'

let database: TestDatabase
let sql: Client
let north: Replica
let south: Replica
let administrator: Tokens

beforeAll(async () => {
  database = await createTestDatabase()
  sql = new Client({ connectionString: database.url })
  const env = { DATABASE_URL: database.url }
  // At once, on an empty database: one of them makes the first administrator and the first key.
  const [first, second] = await Promise.all([startReplica(env), startReplica(env), sql.connect()])
  north = first
  south = second
  administrator = await signInAdministrator(north)
})
afterAll(async () => {
  expect(await Promise.all([stopReplica(north), stopReplica(south)])).toEqual([0, 0])
  await sql.end()
  await database.drop()
})

const newUser = (roles: readonly string[] = ['member']) => createUser(north, administrator, roles)
const newSession = async () => signIn(north, await newUser())
const standings = (tokens: Tokens) => Promise.all([standingOf(north, tokens), standingOf(south, tokens)])

async function readSession({ sessionId }: Tokens) {
  const text = `SELECT generation, encode(token_hash, 'hex') AS "tokenHash", end_reason AS "endReason"
    FROM sessions WHERE id = $1`
  const { rows } = await sql.query<{ generation: number; tokenHash: string; endReason: string | null }>(
    text,
    [sessionId],
  )
  return rows[0]
}

describe('refresh on two replicas', () => {
  test('64 at once with one token give one successor, and everybody stays signed in', async () => {
    const first = await newSession()
    const answers = await Promise.all(
      Array.from({ length: 64 }, (_, index) => refresh(index % 2 === 0 ? north : south, first)),
    )
    expect(new Set(answers.map(({ refreshToken }) => refreshToken)).size).toBe(1)
    expect(await readSession(first)).toMatchObject({ generation: 1, endReason: null })
    const seen = await Promise.all(
      answers.map((tokens, index) => standingOf(index % 2 === 0 ? south : north, tokens)),
    )
    expect(new Set(seen)).toEqual(new Set(['accepted']))

    const [one] = answers
    if (one === undefined) throw new Error('Nobody was answered.')
    const next = await refresh(south, one)
    expect(await standings(next)).toEqual(['accepted', 'accepted'])
  })

  test('an answer that was lost on its way is given again, by the other replica', async () => {
    const first = await newSession()
    await refreshAndHangUp(north, first)
    const committed = await readSession(first)
    expect(committed).toMatchObject({ generation: 1 })

    const retried = await refresh(south, first)
    expect(await readSession(first)).toEqual(committed)
    expect((await refresh(north, first)).refreshToken).toBe(retried.refreshToken)
    expect(await standings(await refresh(north, retried))).toEqual(['accepted', 'accepted'])
  })

  test('a token that comes back after its successor was used ends the family, its access tokens with it', async () => {
    const first = await newSession()
    const second = await refresh(north, first)
    const third = await refresh(south, second)
    expect(await standings(third)).toEqual(['accepted', 'accepted'])

    expect((await tryRefresh(south, first)).codes).toEqual(['INVALID_GRANT'])
    for (const tokens of [first, second, third]) {
      expect(await standings(tokens)).toEqual(['refused', 'refused'])
      expect((await tryRefresh(north, tokens)).codes).toEqual(['INVALID_GRANT'])
    }
    expect(await readSession(first)).toMatchObject({ endReason: 'replayed' })
  })

  test('scopes that were lost are gone at once; the session lives on with what is left', async () => {
    const user = await newUser(['support'])
    const before = await signIn(south, user)
    expect(before.scopes).toContain('users:read')

    const setRoles = 'mutation ($id: ID!) { setUserRoles(userId: $id, roles: ["member"]) { id } }'
    const variables = { id: user.id }
    dataOf(await send(north, setRoles, { variables, token: administrator.accessToken }))
    expect(await standings(before)).toEqual(['refused', 'refused'])

    const after = await refresh(south, before)
    expect(after.sessionId).toBe(before.sessionId)
    expect(after.scopes).not.toContain('users:read')
    expect(await standings(after)).toEqual(['accepted', 'accepted'])
    const users = await send(north, '{ users { totalCount } }', { token: after.accessToken })
    expect(users).toMatchObject({ status: 403, codes: ['FORBIDDEN'] })
    expect(users.challenge).toContain('error="insufficient_scope"')
  })
})

describe('what a mutation on one replica ends is refused by the other as soon as it has returned', () => {
  test('a logout', async () => {
    const tokens = await newSession()
    expect(await standings(tokens)).toEqual(['accepted', 'accepted'])
    dataOf(await send(north, 'mutation { logout }', { token: tokens.accessToken }))
    expect(await standings(tokens)).toEqual(['refused', 'refused'])
    expect((await tryRefresh(south, tokens)).codes).toEqual(['INVALID_GRANT'])
  })

  test('disabling a user', async () => {
    const user = await newUser()
    const sessions = [await signIn(north, user), await signIn(south, user)]
    const disable = 'mutation ($id: ID!) { disableUser(id: $id) { id } }'
    dataOf(await send(north, disable, { variables: { id: user.id }, token: administrator.accessToken }))
    for (const tokens of sessions) {
      expect(await standings(tokens)).toEqual(['refused', 'refused'])
      expect((await tryRefresh(south, tokens)).codes).toEqual(['INVALID_GRANT'])
    }
  })

  test('a change of the password, but for the session that changed it', async () => {
    const user = await newUser()
    const [present, other] = [await signIn(north, user), await signIn(south, user)]
    dataOf(await changePassword(north, present, user))
    expect(await standings(other)).toEqual(['refused', 'refused'])
    expect((await tryRefresh(north, other)).codes).toEqual(['INVALID_GRANT'])
    expect(await standings(present)).toEqual(['accepted', 'accepted'])
    expect(await standings(await refresh(south, present))).toEqual(['accepted', 'accepted'])
  })
})

test('a user who is disabled in SQL, by no mutation, is refused within milliseconds', async () => {
  const delays = []
  for (let round = 0; round < 5; round += 1) {
    const user = await newUser()
    const tokens = await signIn(north, user)
    await sql.query('UPDATE users SET disabled_at = now() WHERE id = $1', [user.id])
    const start = performance.now()
    while ((await standings(tokens)).includes('accepted'));
    delays.push(performance.now() - start)
    expect((await tryRefresh(south, tokens)).codes).toEqual(['INVALID_GRANT'])
  }
  const [fastest = 0, , median = 0] = delays.toSorted((a, b) => a - b)
  console.log(`disabled in SQL: refused after ${fastest.toFixed(1)} ms, median ${median.toFixed(1)} ms`)
  // Half of the pause between two looks at the log: somebody was woken.
  expect(median).toBeLessThan(250)
})

function changePassword(endpoint: Endpoint, { accessToken }: Tokens, { password }: Credentials) {
  const mutation = `mutation ($currentPassword: String!, $newPassword: String!) {
    changePassword(currentPassword: $currentPassword, newPassword: $newPassword)
  }`
  const variables = { currentPassword: password, newPassword: 'another password for tests' }
  return send(endpoint, mutation, { variables, token: accessToken })
}

/** The answer is on its way, so it was committed; nobody reads it. */
function refreshAndHangUp({ url }: Endpoint, { refreshToken }: Tokens): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  return new Promise((resolve, reject) => {
    const outgoing = request(`${url}/graphql`, { method: 'POST', headers, agent: false }, (response) => {
      response.destroy()
      resolve()
    })
    outgoing.once('error', reject)
    outgoing.end(JSON.stringify({ query: refreshMutation, variables: { refreshToken } }))
  })
}
