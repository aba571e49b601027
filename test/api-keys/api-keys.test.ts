import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { asCaller, createTestApp, type TestApp, type TestUser } from '../../src/testing/test-app.js'
import { untilWaiting } from '../support/lock-waits.js'

let app: TestApp
let clock = new Date('2026-03-01T12:00:00Z')
beforeAll(async () => {
  app = await createTestApp({ now: () => clock })
})
afterAll(() => app.stop())

type Created = {
  createApiKey: { key: string; apiKey: { id: string; scopes: string[]; expiresAt: string | null } }
}
const create = `mutation ($input: CreateApiKeyInput!) {
  createApiKey(input: $input) { key apiKey { id name scopes createdAt expiresAt lastUsedAt } }
}`

async function signedIn(roles = ['member']): Promise<TestUser & { token: string }> {
  const user = await app.createUser({ roles })
  return { ...user, token: (await app.signIn(user)).accessToken }
}

async function createKey(token: string, input: object = {}) {
  const variables = { input: { name: 'a key', scopes: ['profile:read'], ...input } }
  const { data, errors } = await app.post<Created, object>(create, variables, { token })
  if (!data?.createApiKey) throw new Error(JSON.stringify(errors))
  return { key: data.createApiKey.key, ...data.createApiKey.apiKey }
}

const refusalOf = async (token: string, input: object) => {
  const variables = { input: { name: 'a key', scopes: ['profile:read'], ...input } }
  const { errors } = await app.post(create, variables, { token })
  return errors[0]?.extensions?.['code']
}

const me = (headers: Record<string, string>) =>
  app.post<{ me: { id: string } }, object>('{ me { id } }', {}, { headers })
const withKey = (key: string) => me({ 'x-api-key': key })
const statusOf = async (key: string) => (await withKey(key)).status

describe('an API key', () => {
  test('APIKEY-10 signs its owner in as a bearer token and as X-API-Key, by one header at a time', async () => {
    const { id, token } = await signedIn()
    const { key } = await createKey(token)
    expect(await me({ authorization: `Bearer ${key}` })).toMatchObject({ status: 200, data: { me: { id } } })
    expect(await withKey(key)).toMatchObject({ status: 200, data: { me: { id } } })
    const both = await me({ authorization: `Bearer ${key}`, 'x-api-key': key })
    expect(both.status).toBe(400)
    expect(both.headers.get('www-authenticate')).toContain('error="invalid_request"')
    expect((await withKey(`${key}, ${key}`)).status).toBe(400)
  })

  test('APIKEY-11 may do what it was made for, and nothing else of what its owner may', async () => {
    const { token } = await signedIn(['member', 'support'])
    const { key } = await createKey(token, { scopes: ['profile:read', 'profile:read'] })
    const { status, headers } = await app.post(
      '{ users { nodes { id } } }',
      {},
      { headers: { 'x-api-key': key } },
    )
    expect(status).toBe(403)
    expect(headers.get('www-authenticate')).toContain('insufficient_scope')
  })

  test('APIKEY-12 the secret is stored nowhere, and shown once', async () => {
    const { token } = await signedIn()
    const { key, id } = await createKey(token)
    const [row] = await app.database.query<[object]>('SELECT * FROM api_keys WHERE id = $1', [id])
    expect(JSON.stringify(row)).not.toContain(key.slice(36))
    const { data } = await app.post<{ me: { apiKeys: object[] } }, object>(
      '{ me { apiKeys { id name scopes expiresAt lastUsedAt } } }',
      {},
      { token },
    )
    expect(data?.me.apiKeys).toEqual([
      { id, name: 'a key', scopes: ['profile:read'], expiresAt: null, lastUsedAt: null },
    ])
  })

  test('APIKEY-13 with another secret, of another row or made up is refused', async () => {
    const { token } = await signedIn()
    const [one, other] = [(await createKey(token)).key, (await createKey(token)).key]
    expect(await statusOf(one)).toBe(200) // known from here on
    const mixed = one.slice(0, 36) + other.slice(36)
    for (const key of [mixed, 'fg_', '', `${one}x`, 'nonsense']) {
      const { status, headers } = await withKey(key)
      expect([key, status]).toEqual([key, 401])
      expect(headers.get('www-authenticate')).toContain('invalid_token')
    }
  })

  test('APIKEY-14 is refused from the moment of its expiry, known or not', async () => {
    const { token } = await signedIn()
    const { key } = await createKey(token, { expiresAt: '2026-03-01T12:00:30Z' })
    expect(await statusOf(key)).toBe(200)
    const start = clock
    clock = new Date('2026-03-01T12:00:30Z')
    const status = await statusOf(key)
    clock = start
    expect(status).toBe(401)
    expect(await refusalOf(token, { expiresAt: '2026-03-01T12:00:00Z' })).toBe('BAD_USER_INPUT')
  })
})

describe('what is taken away', () => {
  test('APIKEY-20 a revoked key is refused as soon as the mutation has returned', async () => {
    const { token } = await signedIn()
    const { key, id } = await createKey(token)
    expect(await statusOf(key)).toBe(200)
    const revoke = 'mutation ($id: ID!) { revokeApiKey(id: $id) }'
    expect((await app.post(revoke, { id }, { token })).data).toEqual({ revokeApiKey: true })
    expect(await statusOf(key)).toBe(401)
    expect((await app.post(revoke, { id }, { token })).errors[0]?.extensions?.['code']).toBe('NOT_FOUND')
  })

  test('APIKEY-21 a stranger cannot revoke it, and does not learn that there is one', async () => {
    const { key, id } = await createKey((await signedIn()).token)
    const { token } = await signedIn()
    for (const guess of [id, '00000000-0000-4000-8000-000000000009', 'nonsense']) {
      const { errors } = await app.post(
        'mutation ($id: ID!) { revokeApiKey(id: $id) }',
        { id: guess },
        { token },
      )
      expect(errors).toMatchObject([{ message: 'There is no API key with this id.' }])
    }
    expect(await statusOf(key)).toBe(200)
  })

  test('APIKEY-22 a disabled owner has no key, and an enabled one has them again', async () => {
    const { id, token } = await signedIn()
    const { key } = await createKey(token)
    expect(await statusOf(key)).toBe(200)
    const all = asCaller({ scopes: app.scopes })
    await app.execute('mutation ($id: ID!) { disableUser(id: $id) { id } }', { id }, all)
    expect(await statusOf(key)).toBe(401)
    await app.execute('mutation ($id: ID!) { enableUser(id: $id) { id } }', { id }, all)
    expect(await statusOf(key)).toBe(200)
  })

  test('APIKEY-23 a scope that the owner loses is lost to the key, the others stay', async () => {
    const { id, token } = await signedIn(['member', 'support'])
    const { key } = await createKey(token, { scopes: ['profile:read', 'users:read'] })
    const users = () => app.post('{ users { nodes { id } } }', {}, { headers: { 'x-api-key': key } })
    expect((await users()).status).toBe(200)
    await app.execute(
      'mutation ($id: ID!) { setUserRoles(userId: $id, roles: ["member"]) { id } }',
      { id },
      asCaller({ scopes: app.scopes }),
    )
    expect((await users()).status).toBe(403)
    expect(await statusOf(key)).toBe(200)
  })

  test('APIKEY-24 what is done in SQL counts as well', async () => {
    const { token } = await signedIn()
    for (const change of ['UPDATE api_keys SET revoked_at = now()', 'DELETE FROM api_keys']) {
      const { key, id } = await createKey(token)
      expect(await statusOf(key)).toBe(200)
      await app.database.query(`${change} WHERE id = $1`, [id])
      await expect.poll(() => statusOf(key)).toBe(401)
    }
  })
})

describe('making one', () => {
  test('APIKEY-30 nobody gives a key more than they have in the session that makes it', async () => {
    const user = await app.createUser({ roles: ['member', 'support'] })
    const { accessToken } = await app.signIn({ ...user, scopes: ['profile:write'] })
    expect(await refusalOf(accessToken, { scopes: ['users:read'] })).toBe('INVALID_SCOPE')
    expect(await refusalOf(accessToken, { scopes: ['no:such'] })).toBe('INVALID_SCOPE')
    expect(await refusalOf(accessToken, { scopes: [] })).toBe('INVALID_SCOPE')
    expect(await refusalOf(accessToken, { scopes: ['profile:write'], name: ' ' })).toBe('BAD_USER_INPUT')
    expect((await createKey(accessToken, { scopes: ['profile:write'] })).scopes).toEqual(['profile:write'])
  })

  test('APIKEY-31 a key makes no keys', async () => {
    const { token } = await signedIn()
    const { key } = await createKey(token, { scopes: ['profile:write'] })
    expect(await refusalOf(key, { scopes: ['profile:write'] })).toBe('FORBIDDEN')
  })

  test('APIKEY-32 a user has at most 50, also when many are made at once', async () => {
    const { token, id } = await signedIn()
    await app.database.query(
      `INSERT INTO api_keys (user_id, name, secret_hash, scopes, created_at)
       SELECT $1, 'a key', decode(repeat('00', 32), 'hex'), '{profile:read}', now() FROM generate_series(1, 48)`,
      [id],
    )
    const codes = await Promise.all(Array.from({ length: 4 }, () => refusalOf(token, {})))
    expect(codes.filter((code) => code === undefined)).toHaveLength(2)
    expect(codes.filter((code) => code === 'BAD_USER_INPUT')).toHaveLength(2)
  })

  test('APIKEY-33 both ends are in the audit log under one id, however it was written, without the key', async () => {
    const user = await app.createUser({ roles: ['member'] })
    const { accessToken: token, sessionId: credentialId } = await app.signIn(user)
    const { id, key } = await createKey(token)
    const revoke = 'mutation ($id: ID!) { revokeApiKey(id: $id) }'
    await app.post(revoke, { id: id.toUpperCase() }, { token })
    const events = await app.database.query<object[]>(
      `SELECT action, actor_id, details FROM audit_events WHERE subject_id = $1 AND action LIKE 'api-key.%'
       ORDER BY created_at, action`,
      [user.id],
    )
    const [created, revoked] = [
      { apiKeyId: id, scopes: ['profile:read'], credentialId },
      { apiKeyId: id, credentialId },
    ]
    expect(events).toEqual([
      { action: 'api-key.created', actor_id: user.id, details: created },
      { action: 'api-key.revoked', actor_id: user.id, details: revoked },
    ])
    expect(JSON.stringify(events)).not.toContain(key)
  })
})

describe('what outlives a session', () => {
  const makings: Record<string, string> = {
    'an API key':
      'mutation { createApiKey(input: { name: "a key", scopes: ["profile:read"] }) { apiKey { id } } }',
    'a service client':
      'mutation { createServiceClient(input: { name: "reports", kind: CONFIDENTIAL, redirectUris: [], scopes: ["users:read"] }) { secret } }',
  }

  test.each(Object.entries(makings))(
    'APIKEY-34 %s is not made for one that ends meanwhile',
    async (_what, document) => {
      const user = await app.createUser({ roles: ['admin'] })
      const { accessToken, sessionId } = await app.signIn(user)
      const runner = app.database.createQueryRunner()
      await runner.startTransaction()
      await runner.query(`UPDATE sessions SET ended_at = now(), end_reason = 'logout' WHERE id = $1`, [
        sessionId,
      ])
      const making = app.post(document, {}, { token: accessToken })
      await untilWaiting(app.database, 1)
      await runner.commitTransaction()
      await runner.release()
      expect((await making).errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }])
    },
  )
})
