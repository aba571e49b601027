import { afterEach, beforeEach, expect, test } from 'vitest'
import { asCaller, createTestApp, type TestApp, type TestUser } from '../../src/testing/test-app.js'

let app: TestApp
let user: TestUser
let at = new Date('2026-01-01T00:00:00.000Z')

beforeEach(async () => {
  at = new Date('2026-01-01T00:00:00.000Z')
  app = await createTestApp({
    now: () => at,
    env: { LOGIN_FAILURES_PER_ACCOUNT_AND_ADDRESS: '2', OAUTH_PASSWORD_GRANT: 'true' },
  })
  user = await app.createUser({ roles: ['member'] })
})
afterEach(() => app.stop())

const login = (email: string, password: string) =>
  app.post(
    'mutation ($email: String!, $password: String!) { login(email: $email, password: $password) { scopes } }',
    {
      email,
      password,
    },
  )
const codeOf = ({ errors }: { errors: readonly { extensions?: Record<string, unknown> }[] }) =>
  errors[0]?.extensions?.['code'] ?? 'answered'

async function failTwice(email: string): Promise<void> {
  for (let time = 0; time < 2; time += 1)
    expect(codeOf(await login(email, 'wrong'))).toBe('INVALID_CREDENTIALS')
}

test('after too many failures sign-in is refused, with the time to wait in the answer and in its header', async () => {
  await failTwice(user.email)
  const refused = await login(user.email, user.password)
  expect(refused.errors).toEqual([
    expect.objectContaining({
      message: 'Too many failed attempts to sign in. Try again later.',
      extensions: { code: 'RATE_LIMITED', retryAfterSeconds: 900 },
    }),
  ])
  expect(refused.headers.get('retry-after')).toBe('900')
  at = new Date(at.getTime() + 900_000)
  expect(codeOf(await login(user.email, user.password))).toBe('answered')
})

test('whether there is such a user cannot be told by it', async () => {
  await failTwice(user.email)
  await failTwice('nobody@example.com')
  const [known, unknown] = [await login(user.email, 'wrong'), await login('nobody@example.com', 'wrong')]
  expect(unknown.errors).toEqual(known.errors)
})

test('it is one count for all ways that take a password', async () => {
  const signedIn = await app.signIn(user)
  await failTwice(user.email)
  const token = await app.http.app.inject({
    method: 'POST',
    url: '/oauth/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({
      grant_type: 'password',
      client_id: 'fieldgate',
      username: user.email,
      password: user.password,
    }).toString(),
  })
  expect([token.statusCode, token.headers['retry-after']]).toEqual([429, '900'])
  const change = await app.post(
    'mutation ($passwords: String!) { changePassword(currentPassword: $passwords, newPassword: "another long password") }',
    { passwords: user.password },
    { token: signedIn.accessToken },
  )
  expect(codeOf(change)).toBe('RATE_LIMITED')
})

test('who took a session over cannot guess the password by changing it', async () => {
  const { accessToken: token } = await app.signIn(user)
  const change = (currentPassword: string) =>
    app.post(
      'mutation ($current: String!) { changePassword(currentPassword: $current, newPassword: "another long password") }',
      { current: currentPassword },
      { token },
    )
  const answers = [
    await change('wrong'),
    await change('wrong'),
    await change('wrong'),
    await change(user.password),
  ]
  expect(answers.map(codeOf)).toEqual([
    'INVALID_CREDENTIALS',
    'INVALID_CREDENTIALS',
    'RATE_LIMITED',
    'RATE_LIMITED',
  ])
})

test('the audit log tells of it', async () => {
  await failTwice(user.email)
  await login(user.email, 'wrong')
  type Events = { auditEvents: { nodes: { action: string }[] } }
  const { data } = await app.execute<Events, { subject: string }>(
    'query ($subject: ID) { auditEvents(first: 10, subject: $subject) { nodes { action } } }',
    { subject: user.id },
    asCaller({ scopes: ['audit:read', 'profile:read'] }),
  )
  expect(data?.auditEvents.nodes.map(({ action }) => action).toSorted()).toEqual([
    'login.limited',
    'login.refused',
    'login.refused',
    'login.refused',
    'user.created',
  ])
})
