import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { createFrontEnd } from '../../examples/front-end/front-end.js'
import { createTestApp, type TestApp, testAdministrator } from '../../src/testing/test-app.js'
import { deferred } from '../support/deferred.js'

const origin = 'https://app.example.com'
const fiveMinutesMs = 301_000
let app: TestApp
let url: string
let aheadMs = 0
beforeAll(async () => {
  const now = () => new Date(Date.now() + aheadMs)
  app = await createTestApp({ now, env: { CORS_ORIGINS: origin } })
  url = `${await app.listen()}/graphql`
})
afterAll(() => app.stop())

type Page = ReturnType<typeof openPage>

/** A front-end in a browser that keeps cookies, and what it has sent. */
function openPage() {
  const jar = new Map<string, string>()
  const sent: string[] = []
  let beforeAnswer = (_query: string): Promise<void> | void => {}
  const cookie = () => [...jar].map(([name, value]) => `${name}=${value}`).join('; ')

  const send: typeof fetch = async (input, init = {}) => {
    const { query } = await new Request(input, init).json()
    sent.push(query)
    const headers = new Headers(init.headers)
    headers.set('cookie', cookie())
    headers.set('origin', origin)
    const answer = await fetch(input, { ...init, headers })
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (line.includes('Max-Age=0;')) jar.delete(name)
      else jar.set(name, value)
    }
    await beforeAnswer(query)
    return answer
  }
  class PageSocket extends WebSocket {
    constructor(address: string, protocol: string) {
      super(address, protocol, { headers: { cookie: cookie(), origin } })
    }
  }
  return {
    ...createFrontEnd(url, { fetch: send, webSocketImpl: PageSocket }),
    jar,
    refreshes: () => sent.filter((query) => query.includes('refresh')).length,
    holdAnswers: (hold: typeof beforeAnswer) => {
      beforeAnswer = hold
    },
  }
}

let page: Page
beforeEach(async () => {
  page = openPage()
  const { email, password } = testAdministrator
  await page.ask(`mutation { login(email: "${email}", password: "${password}") { sessionId } }`)
})

const me = '{ me { email } }'
const asAdministrator = { data: { me: { email: testAdministrator.email } } }

test('FRONT-1 requests that meet an expired token together share one refresh, and are answered', async () => {
  aheadMs += fiveMinutesMs
  const answers = await Promise.all(Array.from({ length: 5 }, () => page.ask(me)))
  expect(answers).toEqual(Array.from({ length: 5 }, () => asAdministrator))
  expect(page.refreshes()).toBe(1)
})

test('FRONT-2 one that hears of it after the refresh only tries again', async () => {
  aheadMs += fiveMinutesMs
  const late = deferred<void>()
  page.holdAnswers((query) => (query.includes('name') ? late.promise : undefined))
  const held = page.ask('{ me { email name } }')
  expect(await page.ask(me)).toEqual(asAdministrator)
  page.holdAnswers(() => {})
  late.resolve()
  expect(await held).toMatchObject(asAdministrator)
  expect(page.refreshes()).toBe(1)
})

test('FRONT-3 a page whose browser has dropped the access cookie refreshes too', async () => {
  page.jar.delete('fieldgate-access')
  expect(await page.ask(me)).toEqual(asAdministrator)
  expect(page.refreshes()).toBe(1)
})

test('FRONT-4 a session that has ended is tried once, and the page is told', async () => {
  const kept = new Map(page.jar)
  await page.ask('mutation { logout }')
  for (const [name, value] of kept) page.jar.set(name, value)
  expect(await page.ask(me)).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
  expect(page.refreshes()).toBe(1)
  expect([...page.jar]).toEqual([])
})

test('FRONT-5 a subscription outlives the token that it began with: 4403, refresh, and on', async () => {
  const events: unknown[] = []
  const query = 'subscription { auditEvents { action subjectId } }'
  page.sockets.subscribe(
    { query },
    { next: ({ data }) => events.push(data), error: () => {}, complete: () => {} },
  )
  const codes: number[] = []
  page.sockets.on('closed', (event) => codes.push((event as { code: number }).code))
  /** Answered after what was asked for before on the socket. */
  const probe = () =>
    new Promise((resolve, reject) => {
      page.sockets.subscribe({ query: me }, { next: resolve, error: reject, complete: () => {} })
    })
  await probe()
  const reconnected = new Promise((resolve) => page.sockets.on('connected', resolve))
  aheadMs += fiveMinutesMs
  await app.createUser({ roles: ['member'] })
  await reconnected
  expect(await probe()).toEqual(asAdministrator)
  const { id } = await app.createUser({ roles: ['member'] })
  await expect.poll(() => events).toContainEqual({ auditEvents: { action: 'user.created', subjectId: id } })
  expect([codes, page.refreshes()]).toEqual([[4403], 1])
  await page.sockets.dispose()
})
