import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createCookieAuthentication } from '../../src/authentication/cookie.js'
import { createTestApp, type TestApp, type TestUser } from '../../src/testing/test-app.js'
import { openSocket, refusedUpgrade, type SocketOptions } from '../support/socket-client.js'

let app: TestApp
let user: TestUser
beforeAll(async () => {
  app = await createTestApp({
    env: { PUBLIC_URL: 'https://api.example.com', CORS_ORIGINS: 'https://app.example.com' },
  })
  user = await app.createUser({ roles: ['member'] })
})
afterAll(() => app.stop())

type Jar = Map<string, string>
type Payload = { accessToken: string | null; refreshToken: string | null; sessionId: string }
const on = { 'fieldgate-cookies': 'on' }
const fields = '{ accessToken refreshToken sessionId expiresIn }'

/** A browser: keeps what it is told to keep, and sends it with every request. */
function createBrowser(jar: Jar = new Map()) {
  async function send(query: string, headers: Record<string, string> = on) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await app.post<Record<string, Payload & { id: string }>, object>(query, undefined, {
      headers: { ...headers, ...(cookie !== '' && { cookie }) },
    })
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (/Max-Age=0;/.test(line)) jar.delete(name)
      else jar.set(name, value)
    }
    return answer
  }
  const login = () =>
    send(`mutation { login(email: "${user.email}", password: "${user.password}") ${fields} }`)
  return { jar, send, login }
}

const me = '{ me { id } }'

describe('a browser that wants cookies', () => {
  test('COOKIE-1 gets its tokens where no script can read them, and nowhere else', async () => {
    const { headers, data } = await createBrowser().login()
    expect(data?.['login']).toMatchObject({
      accessToken: null,
      refreshToken: null,
      sessionId: expect.any(String),
    })
    const protection = 'Path=/; HttpOnly; SameSite=Strict; Secure'
    expect(headers.getSetCookie()).toEqual([
      expect.stringMatching(new RegExp(`^__Host-fieldgate-access=eyJ[^;]+; Max-Age=300; ${protection}$`)),
      expect.stringMatching(
        new RegExp(`^__Host-fieldgate-refresh=fgr_[^;]+; Max-Age=1209600; ${protection}$`),
      ),
    ])
    expect(headers.get('cache-control')).toContain('no-store')
  })

  test('COOKIE-2 is signed in by them, refreshes, and is signed out', async () => {
    const browser = createBrowser()
    await browser.login()
    expect((await browser.send(me)).data).toEqual({ me: { id: user.id } })

    const before = new Map(browser.jar)
    const refreshed = await browser.send(`mutation { refresh ${fields} }`)
    expect(refreshed.data?.['refresh']).toMatchObject({ accessToken: null, refreshToken: null })
    for (const [name, value] of before) expect(browser.jar.get(name)).not.toBe(value)
    expect((await browser.send(me)).status).toBe(200)

    const kept = new Map(browser.jar)
    await browser.send('mutation { logout }')
    expect(browser.jar.size).toBe(0)
    expect((await createBrowser(kept).send(me)).status).toBe(401)
    expect((await createBrowser(kept).send(`mutation { refresh ${fields} }`)).errors).toMatchObject([
      { extensions: { code: 'INVALID_GRANT' } },
    ])
  })

  test('COOKIE-3 without them has nothing to refresh, and shows no other token meanwhile', async () => {
    const codeOf = async (query: string) =>
      (await createBrowser().send(query)).errors[0]?.extensions?.['code']
    expect(await codeOf(`mutation { refresh ${fields} }`)).toBe('INVALID_GRANT')
    const { refreshToken } = await app.signIn(user)
    expect(await codeOf(`mutation { refresh(refreshToken: "${refreshToken}") ${fields} }`)).toBe(
      'BAD_USER_INPUT',
    )
  })
})

describe('a browser whose access cookie does not count any more', () => {
  const refresh = `mutation { refresh ${fields} }`
  const logout = 'mutation { logout }'
  const codeOf = ({ errors }: { errors: readonly { extensions?: Record<string, unknown> }[] }) =>
    errors[0]?.extensions?.['code']

  test('COOKIE-4 signs out all the same: its session ends, and both cookies go', async () => {
    for (const access of [null, 'eyJ.nonsense']) {
      const browser = createBrowser()
      await browser.login()
      if (access === null) browser.jar.delete('__Host-fieldgate-access')
      else browser.jar.set('__Host-fieldgate-access', access)
      const kept = new Map(browser.jar)
      const answer = await browser.send(logout)
      expect([answer.status, answer.data, answer.errors]).toEqual([200, { logout: true }, []])
      expect(browser.jar.size).toBe(0)
      expect(codeOf(await createBrowser(kept).send(refresh))).toBe('INVALID_GRANT')
    }
  })

  test('COOKIE-5 keeps no cookies that a refresh has found dead', async () => {
    const browser = createBrowser()
    const { data } = await browser.login()
    const ended = `UPDATE sessions SET ended_at = now(), end_reason = 'revoked' WHERE id = $1`
    await app.database.query(ended, [data?.['login']?.sessionId])
    expect(codeOf(await browser.send(refresh))).toBe('INVALID_GRANT')
    expect(browser.jar.size).toBe(0)
  })

  test('COOKIE-6 that has nothing to sign out of is told so, and keeps nothing', async () => {
    const answer = await createBrowser().send(logout)
    expect(codeOf(answer)).toBe('UNAUTHENTICATED')
    expect(answer.headers.getSetCookie()).toHaveLength(2)
    const doubtful = createBrowser(new Map([['__Host-fieldgate-refresh', 'nonsense']]))
    expect((await doubtful.send(logout)).data).toEqual({ logout: true })
    expect(doubtful.jar.size).toBe(0)
  })

  test('COOKIE-7 is not signed out by a page of another site, which cannot send the header', async () => {
    const browser = createBrowser()
    await browser.login()
    browser.jar.delete('__Host-fieldgate-access')
    const answer = await browser.send(logout, {})
    expect(codeOf(answer)).toBe('UNAUTHENTICATED')
    expect(answer.headers.getSetCookie()).toEqual([])
    expect((await browser.send(refresh)).errors).toEqual([])
  })
})

describe('what a request of another site could look like', () => {
  test('COOKIE-10 cookies without the header that says so are refused, and not overlooked', async () => {
    const browser = createBrowser()
    await browser.login()
    for (const headers of [{}, { 'fieldgate-cookies': 'off' }, { 'fieldgate-cookies': '' }]) {
      const { status, headers: answered, data } = await browser.send(me, headers)
      expect([status, data]).toEqual([400, undefined])
      expect(answered.get('www-authenticate')).toContain('error="invalid_request"')
    }
  })

  test('COOKIE-11 without the header nobody gets or refreshes cookies', async () => {
    const browser = createBrowser()
    await browser.login()
    const { errors, headers } = await browser.send(`mutation { refresh ${fields} }`, {})
    expect(errors).toMatchObject([{ extensions: { code: 'INVALID_GRANT' } }])
    expect(headers.getSetCookie()).toEqual([])
  })

  test('COOKIE-12 a cookie and a header at once are refused', async () => {
    const browser = createBrowser()
    await browser.login()
    const { accessToken } = await app.signIn(user)
    expect((await browser.send(me, { ...on, authorization: `Bearer ${accessToken}` })).status).toBe(400)
  })

  test('COOKIE-13 CORS lets nobody but the listed origins send the header', async () => {
    const preflight = (origin: string) =>
      app.http.app.inject({
        method: 'OPTIONS',
        url: '/graphql',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'fieldgate-cookies,content-type',
        },
      })
    const listed = await preflight('https://app.example.com')
    expect(listed.headers['access-control-allow-origin']).toBe('https://app.example.com')
    expect(listed.headers['access-control-allow-credentials']).toBe('true')
    expect(listed.headers['access-control-allow-headers']).toContain('fieldgate-cookies')
    const other = await preflight('https://evil.example.com')
    expect(other.headers['access-control-allow-origin']).toBeUndefined()
  })
})

describe('a socket, which carries no header of a page', () => {
  const page = 'https://app.example.com'
  let url: string
  beforeAll(async () => {
    url = await app.listen()
  })

  /** What a browser sends with the upgrade by itself. */
  async function cookieOf() {
    const browser = createBrowser()
    await browser.login()
    return { browser, cookie: [...browser.jar].map(([name, value]) => `${name}=${value}`).join('; ') }
  }

  async function whoIs(headers: Record<string, string>, init: SocketOptions['init'] = 'without payload') {
    const socket = await openSocket(url, { headers, init })
    const first = await Promise.race([socket.next(), socket.closed]).catch(() => socket.closed)
    if ('code' in first) return first.code
    socket.start('1', '{ me { id } }')
    const { payload } = await socket.next()
    socket.close()
    return payload
  }
  const asUser = ({ id }: TestUser) => ({ data: { me: { id } } })

  test('COOKIE-30 is signed in by the cookie, from a page of a listed origin', async () => {
    const { cookie } = await cookieOf()
    expect(await whoIs({ cookie, origin: page })).toEqual(asUser(user))
    expect(await whoIs({ cookie, origin: page }, { theme: 'dark' })).toEqual(asUser(user))
    expect(await whoIs({ cookie, origin: 'https://api.example.com' })).toEqual(asUser(user))
  })

  test('COOKIE-31 is that of its first message where that names a credential, whatever the cookie is', async () => {
    const { cookie } = await cookieOf()
    const other = await app.createUser({ roles: ['member'] })
    const { accessToken } = await app.signIn(other)
    const init = { authorization: `Bearer ${accessToken}` }
    expect(await whoIs({ cookie, origin: page }, init)).toEqual(asUser(other))
    expect(await whoIs({ cookie: '__Host-fieldgate-access=old', origin: page }, init)).toEqual(asUser(other))
    expect(await whoIs({ cookie, origin: page }, { Authorization: 'Bearer bad' })).toBe(4403)
    expect(await whoIs({ cookie, origin: page }, { authorization: '' })).toBe(4400)
  })

  test('COOKIE-32 is closed with the session of the cookie', async () => {
    const { browser, cookie } = await cookieOf()
    const socket = await openSocket(url, { headers: { cookie, origin: page }, init: 'without payload' })
    await socket.next()
    await browser.send('mutation { logout }')
    expect((await socket.closed).code).toBe(4403)
    expect(await whoIs({ cookie, origin: page })).toBe(4403)
  })

  test('COOKIE-33 without an Origin takes a cookie only with the header', async () => {
    const { cookie } = await cookieOf()
    expect(await whoIs({ cookie })).toBe(4400)
    // Old browsers, by the drafts of RFC 6455, said it so: it is not looked at, and it does not count.
    expect(await whoIs({ cookie, 'sec-websocket-origin': page })).toBe(4400)
    expect(await whoIs({ cookie, ...on })).toEqual(asUser(user))
  })

  test.each([
    'https://evil.example.com',
    'https://app.example.com.evil.example',
    'https://app.example.com/',
    'https://app.example.com:8443',
    'http://app.example.com',
    'HTTPS://APP.EXAMPLE.COM',
    'https://app.example.com, https://app.example.com',
    'null',
    '',
  ])('COOKIE-34 from a page of "%s" is not opened', async (origin) => {
    const { cookie } = await cookieOf()
    expect(await refusedUpgrade(`${url}/graphql`, { cookie, origin })).toBe(403)
  })

  test('COOKIE-35 with two credentials that were both sent on purpose is refused', async () => {
    const { cookie } = await cookieOf()
    const { accessToken } = await app.signIn(user)
    const authorization = `Bearer ${accessToken}`
    expect(await whoIs({ cookie, origin: page, authorization })).toBe(4400)
  })
})

describe('reading cookies', () => {
  const { authenticate, cookiesOf } = createCookieAuthentication({
    publicUrl: 'http://127.0.0.1:4000',
    refreshSeconds: 60,
    verifyAccessToken: (token) => ({ error: 'invalid_token', description: `asked about ${token}` }),
  })
  const read = (cookie: string) => authenticate({ headers: { cookie, ...on }, rawHeaders: [] })

  test('COOKIE-20 takes the one that is ours, whole, from among others', () => {
    expect(read('a=b; fieldgate-access=eyJ.x=; c=d')).toMatchObject({ description: 'asked about eyJ.x=' })
    expect(read('xfieldgate-access=1; fieldgate-accessx=2; a=fieldgate-access=3')).toBeNull()
    expect(read('')).toBeNull()
  })

  test('COOKIE-21 of two with one name trusts neither', () => {
    expect(read('fieldgate-access=1; fieldgate-access=2')).toMatchObject({ error: 'invalid_request' })
    const headers = { ...on, cookie: 'fieldgate-refresh=1; fieldgate-refresh=2' }
    expect(cookiesOf(headers, () => {})?.refreshToken).toBeNull()
  })

  test('COOKIE-22 without TLS, as in development, does without what wants TLS', () => {
    const added: string[] = []
    cookiesOf({ ...on }, (cookie) => added.push(cookie))?.clear()
    expect(added).toEqual([
      'fieldgate-access=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict',
      'fieldgate-refresh=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict',
    ])
  })
})
