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
const changePassword = (current: string, token: string) =>
  app.post(
    'mutation ($current: String!) { changePassword(currentPassword: $current, newPassword: "another long password") }',
    { current },
    { token },
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
  expect(codeOf(await changePassword(user.password, signedIn.accessToken))).toBe('RATE_LIMITED')
})

test('who took a session over cannot guess the password by changing it', async () => {
  const { accessToken: token } = await app.signIn(user)
  const change = (current: string) => changePassword(current, token)
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

test('signing in takes the failures before it back', async () => {
  for (let round = 0; round < 2; round += 1) {
    expect(codeOf(await login(user.email, 'wrong'))).toBe('INVALID_CREDENTIALS')
    expect(codeOf(await login(user.email, user.password))).toBe('answered')
  }
})

test.each(['login', 'changePassword'])(
  'beyond the limit a right password leaves what a wrong one does: %s',
  async (way) => {
    const traces = []
    for (const password of ['right', 'wrong'] as const) {
      const somebody = await app.createUser({ roles: ['member'] })
      const { accessToken: token } = await app.signIn(somebody)
      await app.database.query('TRUNCATE login_failures')
      await failTwice(somebody.email)
      const current = password === 'right' ? somebody.password : 'wrong'
      const answer =
        way === 'login' ? await login(somebody.email, current) : await changePassword(current, token)
      expect(codeOf(answer)).toBe('RATE_LIMITED')
      traces.push([
        await app.database.query('SELECT failures FROM login_failures ORDER BY failures'),
        await app.database.query(
          `SELECT action, result, details FROM audit_events WHERE subject_id = $1 AND result = 'refused'
         ORDER BY action, details::text`,
          [somebody.id],
        ),
      ])
    }
    expect(traces[0]).toEqual(traces[1])
    expect(traces[0]?.[0]).toEqual([{ failures: 3 }, { failures: 3 }, { failures: 3 }])
  },
)

test('an account that strangers closed is open where its user has signed in before, and not where others have', async () => {
  const proxied = await createTestApp({
    env: { LOGIN_FAILURES_PER_ACCOUNT: '2', TRUSTED_PROXIES: '127.0.0.1' },
  })
  const [ada, bob] = [
    await proxied.createUser({ roles: ['member'] }),
    await proxied.createUser({ roles: ['member'] }),
  ]
  const signIn = async ({ email }: TestUser, password: string, address: string) => {
    const answer = await proxied.http.app.inject({
      method: 'POST',
      url: '/graphql',
      headers: { 'x-forwarded-for': address },
      payload: { query: `mutation { login(email: "${email}", password: "${password}") { sessionId } }` },
    })
    return answer.json().errors?.[0].extensions.code ?? 'answered'
  }
  expect(await signIn(ada, ada.password, '2001:db8:0:1::a')).toBe('answered')
  expect(await signIn(bob, bob.password, '198.51.100.7')).toBe('answered')
  for (const last of [1, 2]) await signIn(ada, 'wrong', `203.0.113.${last}`)
  expect(await signIn(ada, ada.password, '198.51.100.7')).toBe('RATE_LIMITED')
  expect(await signIn(ada, ada.password, '2001:db8:0:1::b')).toBe('answered')
  await proxied.stop()
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
