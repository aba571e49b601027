import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createTestApp, type TestApp, testAdministrator, type TestUser } from '../../src/testing/test-app.js'

let app: TestApp
let user: TestUser
beforeAll(async () => {
  // Who sends the ids of this test is a proxy.
  app = await createTestApp({ env: { TRUSTED_PROXIES: '127.0.0.1' } })
})
beforeEach(async () => {
  user = await app.createUser({ roles: ['member'] })
})
afterAll(() => app.stop())

const send = (query: string, requestId: string, token?: string) =>
  app.post(query, {}, { headers: { 'x-request-id': requestId }, ...(token !== undefined && { token }) })

/** Of the latest event of this kind about the user. */
async function requestIdOf(action: string): Promise<string | null> {
  const [event] = await app.database.query<{ id: string | null }[]>(
    `SELECT request_id AS id FROM audit_events WHERE action = $1 AND subject_id = $2 ORDER BY created_at DESC LIMIT 1`,
    [action, user.id],
  )
  return event?.id ?? null
}

const loginBy = ({ email, password }: Pick<TestUser, 'email' | 'password'>) =>
  `mutation { login(email: "${email}", password: "${password}") { sessionId } }`

describe('the log names the request', () => {
  test('that was refused a session, or started one', async () => {
    await send(loginBy({ ...user, password: 'not the password at all' }), 'login-refused')
    expect(await requestIdOf('login.refused')).toBe('login-refused')
    await send(loginBy(user), 'login-done')
    expect(await requestIdOf('session.started')).toBe('login-done')
  })

  test.each([
    ['logout', () => 'mutation { logout }'],
    ['revokeSession', (sessionId: string) => `mutation { revokeSession(id: "${sessionId}") }`],
    [
      'changePassword',
      () =>
        `mutation { changePassword(currentPassword: "${user.password}", newPassword: "another fine password") }`,
    ],
    ['revokeOtherSessions', () => 'mutation { revokeOtherSessions }'],
  ] as const)('that ended a session by %s', async (name, documentFor) => {
    const [own] = [await app.signIn(user), await app.signIn(user)]
    expect((await send(documentFor(own.sessionId), `by-${name}`, own.accessToken)).errors).toEqual([])
    expect(await requestIdOf('session.ended')).toBe(`by-${name}`)
  })

  test('that ended one by a refresh token, in its turn or replayed', async () => {
    const { refreshToken } = await app.signIn(user)
    await send(`mutation { logout(refreshToken: "${refreshToken}") }`, 'by-token')
    expect(await requestIdOf('session.ended')).toBe('by-token')

    const refresh = async (token: string, requestId: string) => {
      const query = `mutation { refresh(refreshToken: "${token}") { refreshToken } }`
      const { data } = await app.post<{ refresh: { refreshToken: string } }, object>(
        query,
        {},
        {
          headers: { 'x-request-id': requestId },
        },
      )
      return data?.refresh.refreshToken ?? ''
    }
    const stolen = (await app.signIn(user)).refreshToken
    await refresh(await refresh(stolen, 'first'), 'second')
    await refresh(stolen, 'by-replay')
    expect(await requestIdOf('session.ended')).toBe('by-replay')
  })

  test('that ended one by disabling its user', async () => {
    await app.signIn(user)
    const { accessToken } = await app.signIn(testAdministrator)
    await send(`mutation { disableUser(id: "${user.id}") { id } }`, 'by-disabling', accessToken)
    expect(await requestIdOf('session.ended')).toBe('by-disabling')
  })

  test('that ended one at an OAuth endpoint', async () => {
    const { refreshToken } = await app.signIn(user)
    await app.http.app.inject({
      method: 'POST',
      url: '/oauth/revoke',
      headers: { 'x-request-id': 'by-oauth', 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({ client_id: 'fieldgate', token: refreshToken }).toString(),
    })
    expect(await requestIdOf('session.ended')).toBe('by-oauth')
  })
})
