import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestApp, type TestApp, type TestUser } from '../../src/testing/test-app.js'

let app: TestApp
let ada: TestUser

beforeAll(async () => {
  app = await createTestApp({ env: { TRUSTED_PROXIES: '127.0.0.1' } })
  ada = await app.createUser({ roles: ['member'] })
})
afterAll(() => app.stop())

const code = ({ errors }: Awaited<ReturnType<typeof app.post>>) =>
  errors[0]?.extensions?.['code'] ?? 'answered'

const login = async (address: string) => {
  const headers = { 'x-forwarded-for': address }
  const document =
    'mutation ($email: String!, $password: String!) { login(email: $email, password: $password) { scopes } }'
  return code(await app.post(document, { email: ada.email, password: ada.password }, { headers }))
}

test('HASH-1 one address that registers more than there are places is refused alone', async () => {
  const headers = { 'x-forwarded-for': '198.51.100.1' }
  const flood = Array.from({ length: 240 }, (_, index) => {
    const register = `mutation { register(input: { name: "R", email: "r${index}@example.com", password: "a fine password" }) { userId } }`
    return app.post(register, {}, { headers }).then(code)
  })
  // The last of all to come.
  expect(await login('203.0.113.1')).toBe('answered')
  expect(await Promise.all(flood)).toContain('RATE_LIMITED')
}, 60_000)
