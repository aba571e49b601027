import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { asCaller, createTestApp, type TestApp } from '../../src/testing/test-app.js'
import { deferred } from '../support/deferred.js'
import { untilWaiting } from '../support/lock-waits.js'

let app: TestApp
const clientId = '00000000-0000-4000-8000-0000000000c1'
beforeAll(async () => {
  app = await createTestApp()
  await app.database.query(
    `INSERT INTO clients (id, name, kind, redirect_uris, scopes, created_at)
     VALUES ($1, 'reports', 'public', '{https://reports.example}', '{profile:read}', now())`,
    [clientId],
  )
})
afterAll(() => app.stop())

const administrator = asCaller({ scopes: ['users:write', 'profile:read', 'profile:write'] })
type Errors = { errors: readonly { extensions?: Record<string, unknown> }[] }
const codesOf = ({ errors }: Errors) => errors.map(({ extensions }) => extensions?.['code'])

const revoke = (userId: string, as = administrator) =>
  app.execute<{ revokeUserCredentials: boolean }, { userId: string }>(
    'mutation ($userId: ID!) { revokeUserCredentials(userId: $userId) }',
    { userId },
    as,
  )

const create = `mutation {
  createApiKey(input: { name: "a key", scopes: ["profile:read", "profile:write"] }) { key apiKey { id } }
}`
type Created = { createApiKey: { key: string; apiKey: { id: string } } }

/** A member with two sessions, an API key and a code that a client has not yet exchanged. */
async function wellEquipped() {
  const user = await app.createUser({ roles: ['member'] })
  const [one, other] = [await app.signIn(user), await app.signIn(user)]
  const { data } = await app.post<Created, object>(create, {}, { token: one.accessToken })
  if (!data?.createApiKey) throw new Error('no key')
  await app.database.query(
    `INSERT INTO authorization_codes
       (code_hash, client_id, user_id, redirect_uri, scopes, code_challenge, authenticated_at, expires_at)
     VALUES (sha256($1::text::bytea), $2, $1::uuid, 'https://client.example', '{profile:read}', '', now(), now())`,
    [user.id, clientId],
  )
  const { key, apiKey } = data.createApiKey
  return { ...user, sessions: [one, other] as const, key, keyId: apiKey.id }
}

const statusOf = async (token: string) => (await app.post('{ me { id } }', {}, { token })).status

describe('revokeUserCredentials', () => {
  test('REVOKE-1 takes sessions, API keys and codes at once, and leaves those of others', async () => {
    const [victim, bystander] = [await wellEquipped(), await wellEquipped()]
    const credentialsOf = ({ sessions, key }: typeof victim) => [
      ...sessions.map(({ accessToken }) => accessToken),
      key,
    ]
    const statuses = async (user: typeof victim) => Promise.all(credentialsOf(user).map(statusOf))
    expect(await statuses(victim)).toEqual([200, 200, 200])

    expect(await revoke(victim.id)).toMatchObject({ data: { revokeUserCredentials: true }, errors: [] })
    expect(await statuses(victim)).toEqual([401, 401, 401])
    expect(await statuses(bystander)).toEqual([200, 200, 200])
    const refresh = 'mutation ($token: String) { refresh(refreshToken: $token) { scopes } }'
    const refreshed = await app.post(refresh, { token: victim.sessions[0].refreshToken })
    expect(codesOf(refreshed)).toEqual(['INVALID_GRANT'])
    const codes = 'SELECT user_id FROM authorization_codes WHERE user_id IN ($1, $2)'
    expect(await app.database.query(codes, [victim.id, bystander.id])).toEqual([{ user_id: bystander.id }])
  })

  test('REVOKE-2 is not undone by disabling and enabling, and the user signs in anew', async () => {
    const victim = await wellEquipped()
    await revoke(victim.id)
    for (const field of ['disableUser', 'enableUser']) {
      const document = `mutation ($id: ID!) { ${field}(id: $id) { id } }`
      expect(codesOf(await app.execute(document, { id: victim.id }, administrator))).toEqual([])
    }
    expect(await statusOf(victim.key)).toBe(401)
    expect((await app.signIn(victim)).scopes).toContain('profile:read')
  })

  test('REVOKE-3 is in the audit log, with each session and key, as the doing of who asked', async () => {
    const { id, keyId, sessions } = await wellEquipped()
    await revoke(id.toUpperCase())
    const events = await app.database.query<{ action: string; actor_id: string; details: object }[]>(
      `SELECT action, actor_id, details - 'credentialId' AS details FROM audit_events
       WHERE subject_id = $1 AND action IN ('user.credentials-revoked', 'session.ended', 'api-key.revoked')`,
      [id],
    )
    const expected = [
      ['user.credentials-revoked', { sessions: '2', apiKeys: '1' }],
      ['api-key.revoked', { apiKeyId: keyId }],
      ...sessions.map(({ sessionId }) => ['session.ended', { sessionId, reason: 'revoked' }]),
    ]
    expect(events).toHaveLength(expected.length)
    expect(events.map(({ action, details }) => [action, details])).toEqual(expect.arrayContaining(expected))
    expect(new Set(events.map((event) => event.actor_id))).toEqual(new Set([administrator.id]))
  })

  test('REVOKE-4 reaches nobody who has rights that the caller lacks, and no stranger learns who there is', async () => {
    const stronger = await app.createUser({ roles: ['support'] })
    const { accessToken } = await app.signIn(stronger)
    expect((await revoke(stronger.id)).errors).toMatchObject([
      { message: 'This user has rights that you lack.', extensions: { code: 'FORBIDDEN' } },
    ])
    expect(await statusOf(accessToken)).toBe(200)
    expect(codesOf(await revoke('00000000-0000-4000-8000-000000000009'))).toEqual(['NOT_FOUND'])
    const reader = asCaller({ scopes: ['users:read', 'profile:write'] })
    expect(codesOf(await revoke(stronger.id, reader))).toEqual(['FORBIDDEN'])
  })

  test('REVOKE-5 a key that is asked for meanwhile by a session that ends is not made', async () => {
    const { id, sessions } = await wellEquipped()
    const [{ accessToken: token }] = sessions
    const [holding, held] = [deferred<void>(), deferred<void>()]
    const holder = app.database.transaction(async (tx) => {
      await tx.query('SELECT FROM users WHERE id = $1 FOR UPDATE', [id])
      holding.resolve()
      await held.promise
    })
    await holding.promise
    // In this order: who waits for a row is served in turn.
    const revoked = revoke(id)
    await untilWaiting(app.database, 1)
    const made = app.post(create, {}, { token })
    await untilWaiting(app.database, 2)
    held.resolve()
    await holder
    expect((await revoked).errors).toEqual([])
    expect(codesOf(await made)).toEqual(['UNAUTHENTICATED'])
    const live = 'SELECT id FROM api_keys WHERE user_id = $1 AND revoked_at IS NULL'
    expect(await app.database.query(live, [id])).toEqual([])
  })
})
