import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestApp, type TestApp, type TestUser } from '../../src/testing/test-app.js'

let app: TestApp
let ada: TestUser
const quiet = '203.0.113.1'

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

const floods: Record<string, (index: number) => string> = {
  register: (index) =>
    `mutation { register(input: { name: "R", email: "r${index}@example.com", password: "a fine password" }) { userId } }`,
  login: (index) => `mutation { login(email: "nobody${index}@example.com", password: "a guess") { scopes } }`,
}

// Each from an address of its own: guesses are limited besides.
const cases = Object.entries(floods).map(([name, request], index) => ({
  name,
  request,
  crowded: `198.51.100.${index}`,
}))

test.each(cases)(
  'HASH-1 one address that asks for more $name than there are places is refused alone',
  async ({ request, crowded }) => {
    const headers = { 'x-forwarded-for': crowded }
    const flood = Array.from({ length: 240 }, (_, index) =>
      app.post(request(index), {}, { headers }).then(code),
    )
    // The last of all to come.
    expect(await login(quiet)).toBe('answered')
    expect(await Promise.all(flood)).toContain('RATE_LIMITED')
  },
  60_000,
)
