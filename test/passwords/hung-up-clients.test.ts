import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestApp, type TestApp, type TestUser } from '../../src/testing/test-app.js'
import { captureLog } from '../support/log-capture.js'

let app: TestApp
let url: string
let user: TestUser
let token: string
const { log, lines } = captureLog()

beforeAll(async () => {
  app = await createTestApp({ log })
  url = await app.listen()
  user = await app.createUser({ roles: ['member'] })
  token = (await app.signIn(user)).accessToken
})
afterAll(() => app.stop())

const login = () =>
  `mutation { login(email: "${user.email}", password: "not the password at all") { sessionId } }`

const operations: Record<string, (index: number) => string> = {
  login,
  register: (index) =>
    `mutation { register(input: { name: "Gone", email: "gone-${index}@example.com", password: "a fine password" }) { userId } }`,
  changePassword: () =>
    `mutation { changePassword(currentPassword: "not the password at all", newPassword: "a fine password") }`,
}

test.each(Object.entries(operations))(
  'clients that hang up while they wait for %s leave their places to others',
  async (name, documentOf) => {
    const crowd = 48 // fewer than the places of one network: none is refused before it hangs up
    const controller = new AbortController()
    const headers = {
      'content-type': 'application/json',
      ...(name === 'changePassword' && { authorization: `Bearer ${token}` }),
    }
    const requests = Array.from({ length: crowd }, (_, index) =>
      fetch(`${url}/graphql`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ query: documentOf(index).replace('mutation', `mutation ${name}`) }),
        signal: controller.signal,
      }).catch(() => 'hung up'),
    )
    await Promise.race(requests)
    controller.abort()
    await Promise.all(requests)
    // First come, first served: whoever is answered now shows that none of them is before it in the queue.
    await app.post(login())

    const outcomes = lines()
      .filter(({ operation }) => operation === name)
      .map(({ codes }) => String(codes))
    expect(outcomes.filter((codes) => codes !== 'RATE_LIMITED').length).toBeLessThan(crowd / 2)
    expect(lines().filter(({ level }) => level === 'error')).toEqual([])
  },
)
