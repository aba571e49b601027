import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../src/testing/database.js'
import {
  createUser,
  dataOf,
  send,
  signIn,
  signInAdministrator,
  standingOf,
  type Tokens,
  tryRefresh,
} from './client.js'
import { type Replica, type ReplicaEnvironment, runCommand, startReplica, stopReplica } from './replica.js'

let database: TestDatabase
let env: ReplicaEnvironment
let replica: Replica
let administrator: Tokens

beforeAll(async () => {
  database = await createTestDatabase()
  env = { DATABASE_URL: database.url }
  replica = await startReplica(env)
  administrator = await signInAdministrator(replica)
})
afterAll(async () => {
  await stopReplica(replica)
  await database.drop()
})

async function rows(sql: string, parameters: readonly unknown[]): Promise<unknown[]> {
  const client = new Client({ connectionString: database.url })
  await client.connect()
  const result = await client.query(sql, [...parameters])
  await client.end()
  return result.rows
}

const passwordIn = (lines: readonly string[]) =>
  lines.map((line) => /^ +password +(\S{20})$/.exec(line)?.[1]).find((found) => found !== undefined) ?? ''

test('a lost password is replaced beside a running server, and what the old one opened is closed at once', async () => {
  const user = await createUser(replica, administrator, ['member'])
  const before = await signIn(replica, user)
  const create = 'mutation { createApiKey(input: { name: "a", scopes: ["profile:read"] }) { key } }'
  const made = await send<{ createApiKey: { key: string } }>(replica, create, { token: before.accessToken })
  const { key } = dataOf(made).createApiKey

  const { code, lines } = await runCommand(['users', 'password', user.email.toUpperCase()], env)
  expect([code, lines.join('\n')]).toEqual([0, expect.stringContaining('Sessions ended: 1')])
  expect(await standingOf(replica, before)).toBe('refused')
  expect((await tryRefresh(replica, before)).codes).toEqual(['INVALID_GRANT'])
  expect(await standingOf(replica, { accessToken: key })).toBe('accepted')

  await expect(signIn(replica, user)).rejects.toThrow('INVALID_CREDENTIALS')
  const after = await signIn(replica, { ...user, password: passwordIn(lines) })
  expect(await standingOf(replica, after)).toBe('accepted')
  expect(lines.join('\n')).not.toContain('disabled')

  const events = `SELECT action, actor_id, address, details FROM audit_events
    WHERE subject_id = $1 AND action IN ('password.reset', 'session.ended') ORDER BY action`
  const theServer = { actor_id: null, address: null }
  expect(await rows(events, [user.id])).toEqual([
    { action: 'password.reset', ...theServer, details: {} },
    {
      action: 'session.ended',
      ...theServer,
      details: { sessionId: before.sessionId, reason: 'password_changed' },
    },
  ])
}, 120_000)

test('a disabled user gets a new password and stays disabled', async () => {
  const user = await createUser(replica, administrator, ['member'])
  const disable = 'mutation ($id: ID!) { disableUser(id: $id) { id } }'
  dataOf(await send(replica, disable, { variables: { id: user.id }, token: administrator.accessToken }))
  const { code, lines } = await runCommand(['users', 'password', user.email], env)
  expect([code, lines.join('\n')]).toEqual([0, expect.stringContaining('stays disabled')])
  await expect(signIn(replica, { ...user, password: passwordIn(lines) })).rejects.toThrow(
    'INVALID_CREDENTIALS',
  )
}, 120_000)

test('for an address of nobody there is no password, and the command fails', async () => {
  const { code, lines } = await runCommand(['users', 'password', 'nobody@example.com'], env)
  expect([code, lines]).toEqual([1, ['There is no user with this e-mail address.']])
}, 120_000)
