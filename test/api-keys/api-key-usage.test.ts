import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApiKeyUsage } from '../../src/api-keys/api-key-usage.js'
import { createTestDatabase } from '../../src/testing/database.js'
import { createTestApp, type TestApp, testAdministrator } from '../../src/testing/test-app.js'

let app: TestApp
let userId: string
beforeAll(async () => {
  app = await createTestApp()
  userId = (await app.createUser({ roles: ['member'] })).id
})
afterAll(() => app.stop())

async function insertKey(): Promise<string> {
  const [row] = await app.database.query<[{ id: string }]>(
    `INSERT INTO api_keys (user_id, name, secret_hash, scopes, created_at)
     VALUES ($1, 'a key', decode(repeat('00', 32), 'hex'), '{profile:read}', now()) RETURNING id`,
    [userId],
  )
  return row.id
}

async function lastUseOf(id: string): Promise<Date | null> {
  const [row] = await app.database.query<[{ at: Date | null }]>(
    'SELECT last_used_at AS at FROM api_keys WHERE id = $1',
    [id],
  )
  return row.at
}

const at = (text: string) => new Date(`2026-01-31T${text}Z`)

test('the last use of each key is written when the time has come, and never goes back', async () => {
  const [one, other] = [await insertKey(), await insertKey()]
  const usage = createApiKeyUsage({ db: app.database.manager })
  usage.note(one, at('10:00:00'))
  usage.note(one, at('10:00:30'))
  usage.note(other, at('10:00:10'))
  expect(await lastUseOf(one)).toBeNull()

  await usage.write()
  expect(await lastUseOf(one)).toEqual(at('10:00:30'))
  expect(await lastUseOf(other)).toEqual(at('10:00:10'))

  usage.note(one, at('09:00:00')) // by a replica whose clock is behind
  await usage.write()
  expect(await lastUseOf(one)).toEqual(at('10:00:30'))
})

test('a use is no revocation: it takes nothing from anybody', async () => {
  const events = () => app.database.query('SELECT * FROM revocation_events')
  const before = await events()
  const usage = createApiKeyUsage({ db: app.database.manager })
  usage.note(await insertKey(), at('12:00:00'))
  await usage.write()
  expect(await events()).toEqual(before)
})

test('a server that stops writes what is left', async () => {
  const database = await createTestDatabase()
  const env = { DATABASE_URL: database.url }
  const server = await createTestApp({ env })
  const { accessToken: token } = await server.signIn(testAdministrator)
  const { data } = await server.post<{ createApiKey: { key: string } }, object>(
    'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key } }',
    { input: { name: 'a key', scopes: ['profile:read'] } },
    { token },
  )
  const headers = { 'x-api-key': data?.createApiKey.key ?? '' }
  expect(await server.post('{ me { name } }', {}, { headers })).toMatchObject({ status: 200 })
  await server.stop()

  const later = await createTestApp({ env })
  expect(await later.database.query('SELECT FROM api_keys WHERE last_used_at IS NOT NULL')).toHaveLength(1)
  await later.stop()
  await database.drop()
})
