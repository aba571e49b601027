import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { formatApiKey, hashSecret } from '../../src/api-keys/api-key.js'
import { createApiKeyCallers } from '../../src/api-keys/api-key-callers.js'
import { isCaller } from '../../src/authentication/caller.js'
import { createTestApp, type TestApp } from '../../src/testing/test-app.js'

let app: TestApp
let userId: string
let clock: Date
let standing: 'ok' | 'revoked' | 'unknown'
let given: readonly string[] | null
let uses: string[]
let position: number
let takenAt: number
beforeAll(async () => {
  app = await createTestApp()
  userId = (await app.createUser({ roles: ['member'] })).id
})
afterAll(() => app.stop())
beforeEach(() => {
  clock = new Date('2026-03-01T12:00:00Z')
  standing = 'ok'
  given = ['profile:read']
  uses = []
  position = 7
  takenAt = 0
})

const callers = ({ cacheSize = 10 } = {}) =>
  createApiKeyCallers({
    db: app.database.manager,
    now: () => clock,
    revocationsAsOf: async () => position,
    check: ({ asOf }) => (asOf < takenAt ? 'revoked' : standing),
    rightsOfUser: async () => given && { scopes: given },
    grantedScopes: (ceiling, allowed) => ceiling.filter((scope) => allowed.includes(scope)),
    expandScopes: (scopes) =>
      new Set(scopes.includes('profile:write') ? [...scopes, 'profile:read'] : scopes),
    onUse: (id) => uses.push(id),
    cacheSize,
    rememberSeconds: 60,
  })

async function insertKey(): Promise<{ id: string; key: string }> {
  const secret = Buffer.alloc(32, uses.length + 1)
  const [{ id }] = await app.database.query<[{ id: string }]>(
    `INSERT INTO api_keys (user_id, name, secret_hash, scopes, created_at)
     VALUES ($1, 'a key', $2, '{profile:read,profile:write}', now()) RETURNING id`,
    [userId, hashSecret(secret)],
  )
  return { id, key: formatApiKey(id, secret) }
}

test('APIKEY-40 a key that is known is answered on the spot, with the caller of before', async () => {
  const { authenticate } = callers()
  const { id, key } = await insertKey()
  const first = await authenticate(key)
  expect(first).toMatchObject({ id: userId, clientId: id, sessionId: null, scopes: ['profile:read'] })
  expect(authenticate(key)).toBe(first)
  expect(uses).toEqual([id, id])
})

test('APIKEY-41 what was taken since is taken: the row and the roles are read again', async () => {
  const { authenticate } = callers()
  const { key } = await insertKey()
  await authenticate(key)
  standing = 'revoked'
  given = []
  expect(await authenticate(key)).toMatchObject({ scopes: [] })
  given = null
  expect(await authenticate(key)).toMatchObject({ error: 'invalid_token' })
})

test('APIKEY-42 while nobody can say, it is neither good nor bad', async () => {
  const { authenticate } = callers()
  const { key } = await insertKey()
  await authenticate(key)
  standing = 'unknown'
  expect(() => authenticate(key)).toThrow(expect.objectContaining({ code: 'UNAVAILABLE' }))
})

test('APIKEY-43 a right that is given is seen after a minute, at the latest', async () => {
  const { authenticate } = callers()
  const { key } = await insertKey()
  await authenticate(key)
  given = ['profile:read', 'profile:write']
  clock = new Date(clock.getTime() + 59_999)
  expect(await authenticate(key)).toMatchObject({ scopes: ['profile:read'] })
  clock = new Date(clock.getTime() + 1)
  expect(await authenticate(key)).toMatchObject({ scopes: ['profile:read', 'profile:write'] })
})

test('APIKEY-44 a bounded number is remembered, the one that came first leaves first', async () => {
  const { authenticate } = callers({ cacheSize: 1 })
  const [one, other] = [await insertKey(), await insertKey()]
  await authenticate(one.key)
  await authenticate(other.key)
  expect(authenticate(other.key)).not.toBeInstanceOf(Promise)
  expect(authenticate(one.key)).toBeInstanceOf(Promise)
})

test('APIKEY-45 what stays open can ask about the caller that it was opened with', async () => {
  const { authenticate, standingOf } = callers()
  const caller = await authenticate((await insertKey()).key)
  if (!isCaller(caller)) throw new Error('The key was refused.')
  expect(standingOf(caller)).toBe('ok')
  expect(standingOf({ ...caller })).toBeNull()
})

/** An event that may concern any key. */
function take(): void {
  position += 1
  takenAt = position
}

test('APIKEY-46 what stays open goes on when what was taken is none of what it was opened with', async () => {
  const { authenticate, standingOf } = callers()
  const caller = await authenticate((await insertKey()).key)
  if (!isCaller(caller)) throw new Error('The key was refused.')
  take()
  expect(await standingOf(caller)).toBe('ok')
  expect(standingOf(caller)).toBe('ok') // read once
  given = ['profile:write'] // which implies what it had
  take()
  expect(await Promise.all([standingOf(caller), standingOf(caller)])).toEqual(['ok', 'ok'])
  given = []
  take()
  expect(await standingOf(caller)).toBe('revoked')
})

test.each(['revoked_at = now()', 'expires_at = now()', "secret_hash = sha256('another')"])(
  'APIKEY-47 what stays open does not outlive its key: %s',
  async (change) => {
    const { authenticate, standingOf } = callers()
    const { id, key } = await insertKey()
    const caller = await authenticate(key)
    if (!isCaller(caller)) throw new Error('The key was refused.')
    await app.database.query(`UPDATE api_keys SET ${change} WHERE id = $1`, [id])
    take()
    expect(await standingOf(caller)).toBe('revoked')
  },
)
