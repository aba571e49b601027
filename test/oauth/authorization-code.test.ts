import { createHash } from 'node:crypto'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { asCaller, type TestUser } from '../../src/testing/test-app.js'
import { basic, createOAuthWorld, type OAuthWorld, visit } from './oauth-world.js'
import { lockWaitsSql } from '../support/lock-waits.js'

const redirectUri = 'https://app.example.com/callback?tenant=1'
const plainUri = 'https://app.example.com/plain'
// As the client has registered them: no spelling of theirs is ours to change.
const spelledUris = [
  'https://app.example.com/spelled?x=a%20b&y=%7E&z',
  'https://app.example.com/open?',
  'https://app.example.com',
  'com.example.app:/callback',
]
const verifier = 'a-verifier-that-is-long-enough-for-rfc-7636-4-1'
const challenge = createHash('sha256').update(verifier).digest('base64url')

let world: OAuthWorld
let client: { id: string; secret: string }
let user: TestUser
beforeAll(async () => {
  world = await createOAuthWorld()
  const scopes = ['profile:read', 'users:read']
  const kind = 'PUBLIC'
  client = await world.makeClient({
    name: 'Notes <b>&"',
    kind,
    redirectUris: [redirectUri, plainUri, ...spelledUris],
    scopes,
  })
})
beforeEach(async () => {
  user = await world.app.createUser({ roles: ['member'] })
})
afterAll(() => world.app.stop())

function askUrl(changes: Record<string, string | null> = {}): URL {
  const url = new URL('/oauth/authorize', world.issuer)
  const parameters: Record<string, string | null> = {
    response_type: 'code',
    client_id: client.id,
    redirect_uri: redirectUri,
    scope: 'profile:read',
    state: 'some state',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...changes,
  }
  for (const [name, value] of Object.entries(parameters))
    if (value !== null) url.searchParams.set(name, value)
  return url
}

async function getCode(changes: Record<string, string | null> = {}): Promise<string> {
  const { location } = await (await visit(askUrl(changes))).decide(user)
  return new URL(location ?? '').searchParams.get('code') ?? ''
}

const exchange = (code: string, changes: Record<string, string> = {}) =>
  world.post('/oauth/token', {
    grant_type: 'authorization_code',
    client_id: client.id,
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
    ...changes,
  })
const me = (accessToken: unknown) => world.app.post('{ me { id } }', {}, { token: String(accessToken) })

describe('consent', () => {
  test('AUTHZ-1 a user who signs in and allows is sent back with a code, the state and the issuer', async () => {
    const { status, location } = await (await visit(askUrl())).decide(user)
    expect(status).toBe(303)
    const back = new URL(location ?? '')
    expect(back.origin + back.pathname).toBe('https://app.example.com/callback')
    expect(Object.fromEntries(back.searchParams)).toEqual({
      tenant: '1',
      code: expect.stringMatching(/^fgc_/),
      state: 'some state',
      iss: world.issuer,
    })
  })

  // RFC 6749 3.1.2: its query MUST be retained.
  test.each(spelledUris)('AUTHZ-8 and to the address as it is registered, byte for byte: %s', async (uri) => {
    const page = await visit(askUrl({ redirect_uri: uri }))
    for (const [decision, name] of [
      ['deny', 'error'],
      ['allow', 'code'],
    ] as const) {
      const { location } = await page.decide({ ...user, decision })
      const start = uri.includes('?') ? `${uri}${uri.endsWith('?') ? '' : '&'}` : `${uri}?`
      expect(location?.slice(0, start.length + name.length + 1)).toBe(`${start}${name}=`)
      const added = Object.fromEntries(new URLSearchParams(location?.slice(start.length)))
      expect(added).toMatchObject({ state: 'some state', iss: world.issuer })
    }
  })

  test('AUTHZ-2 the client gets what was consented to, within what the roles give, and not more at a refresh', async () => {
    const { status, json } = await exchange(await getCode({ scope: 'profile:read users:read' }))
    expect([status, json['scope']]).toEqual([200, 'profile:read'])
    expect((await me(json['access_token'])).data).toEqual({ me: { id: user.id } })
    const form = {
      grant_type: 'refresh_token',
      client_id: client.id,
      refresh_token: String(json['refresh_token']),
    }
    expect((await world.post('/oauth/token', form)).json['scope']).toBe('profile:read')
  })

  test('AUTHZ-3 the page says who asks, for what, and where it goes; nothing of it can be markup', async () => {
    const { html, headers } = await visit(askUrl({ state: '"><script>alert(1)</script>' }))
    expect(html).toContain('Notes &lt;b&gt;&amp;&quot;')
    expect(html).toContain('Read the caller&#39;s own profile and sessions')
    expect(html).toContain('https://app.example.com')
    expect(html).not.toContain('<script')
    const policy = headers.get('content-security-policy')
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("form-action 'self' https://app.example.com;")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Lax$/)
    for (const name of ['email', 'password']) expect(html).toContain(`<label for="${name}">`)
  })

  test('AUTHZ-4 a wrong password shows the page again, and says so to a screen reader too', async () => {
    const { status, html, location } = await (await visit(askUrl())).decide({ ...user, password: 'wrong' })
    expect([status, location]).toEqual([400, null])
    expect(html).toContain('<p role="alert" id="problem">E-mail or password is wrong.</p>')
    expect(html).not.toContain('value="wrong"')
  })

  test('AUTHZ-5 who denies is asked for no password, and the client is told', async () => {
    const { location } = await (await visit(askUrl())).decide({ email: '', password: '', decision: 'deny' })
    expect(new URL(location ?? '').searchParams.get('error')).toBe('access_denied')
  })

  test('AUTHZ-6 a form of another site, or without its cookie, is refused', async () => {
    const page = await visit(askUrl())
    const filledIn = { email: user.email, password: user.password, decision: 'allow' }
    const name = page.headers.get('set-cookie')?.split('=')[0]
    for (const headers of [
      { cookie: '' },
      { cookie: `${name}=${'A'.repeat(43)}` },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ]) {
      expect(await page.submit(filledIn, headers)).toMatchObject({ status: 403, location: null })
    }
    expect((await page.submit({ ...filledIn, form_token: '' })).status).toBe(403)
    expect((await page.submit(filledIn)).status).toBe(303)
  })

  test('AUTHZ-7 the audit log has the consent that gave a code, and none that did not', async () => {
    const page = await visit(askUrl({ scope: 'profile:read users:read' }))
    expect((await page.decide({ ...user, password: 'wrong' })).status).toBe(400)
    const codes = 'ALTER TABLE authorization_codes'
    await world.app.database.query(`${codes} ADD CONSTRAINT none CHECK (user_id <> '${user.id}')`)
    expect((await page.decide(user)).status).toBe(500)
    await world.app.database.query(`${codes} DROP CONSTRAINT none`)
    expect((await page.decide(user)).status).toBe(303)
    const consents = `SELECT actor_id, result, address, details FROM audit_events
      WHERE subject_id = $1 AND action = 'consent.given'`
    const details = { clientId: client.id, scopes: ['profile:read', 'users:read'] }
    expect(await world.app.database.query(consents, [user.id])).toEqual([
      { actor_id: user.id, result: 'success', address: '127.0.0.1', details },
    ])
  })
})

describe('a request that is not right', () => {
  test.each([
    ['an unknown client', { client_id: '00000000-0000-4000-8000-000000000009' }],
    ['the built-in client', { client_id: 'fieldgate' }],
    ['another address', { redirect_uri: 'https://app.example.com/callback' }],
    ['an address that only begins alike', { redirect_uri: `${redirectUri}1` }],
    ['no address', { redirect_uri: null }],
  ])('AUTHZ-10 %s: the browser is sent nowhere', async (_what, changes) => {
    const { status, location, html } = await visit(askUrl(changes))
    expect([status, location]).toEqual([400, null])
    expect(html).toContain('role="alert"')
  })

  test.each([
    ['no response type', { response_type: null }, 'invalid_request'],
    ['another response type', { response_type: 'token' }, 'unsupported_response_type'],
    ['no PKCE', { code_challenge: null }, 'invalid_request'],
    ['plain PKCE', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['PKCE without a method', { code_challenge_method: null }, 'invalid_request'],
    ['a scope beyond the client', { scope: 'roles:read' }, 'invalid_scope'],
    ['a malformed scope', { scope: '"' }, 'invalid_scope'],
  ])('AUTHZ-11 %s: the client is told, with state and issuer', async (_what, changes, error) => {
    const { location } = await visit(askUrl(changes))
    const { searchParams } = new URL(location ?? '')
    expect(Object.fromEntries(searchParams)).toMatchObject({ error, state: 'some state', iss: world.issuer })
  })

  test('AUTHZ-12 a parameter twice', async () => {
    const url = askUrl()
    url.searchParams.append('client_id', client.id)
    expect((await visit(url)).status).toBe(400)
  })
})

describe('an address on the machine of the browser', () => {
  const registered = [
    'http://127.0.0.1/callback?a=1',
    'http://[::1]:4711/callback',
    'http://localhost:8080/callback',
  ]
  let native: { id: string }
  beforeAll(async () => {
    native = await world.makeClient({ kind: 'PUBLIC', redirectUris: registered, scopes: ['profile:read'] })
  })
  const askFor = (address: string) => askUrl({ client_id: native.id, redirect_uri: address })

  // RFC 8252 7.3: the system gives a program whichever port is free.
  test.each([
    ...registered,
    'http://127.0.0.1:1/callback?a=1',
    'http://127.0.0.1:65535/callback?a=1',
    'http://[::1]/callback',
    'http://[::1]:49152/callback',
  ])('AUTHZ-13 %s: has whichever port it likes, where it is an address', async (address) => {
    const { location } = await (await visit(askFor(address))).decide(user)
    expect(location).toMatch(/[?&]code=/)
    expect(new URL(location ?? '').host).toBe(new URL(address).host)
    const code = new URL(location ?? '').searchParams.get('code') ?? ''
    const other = await exchange(code, {
      client_id: native.id,
      redirect_uri: 'http://127.0.0.1:2/callback?a=1',
    })
    expect(other.json['error']).toBe('invalid_grant')
    expect((await exchange(code, { client_id: native.id, redirect_uri: address })).status).toBe(200)
  })

  test.each([
    'http://localhost:8081/callback',
    'http://localhost/callback',
    'https://127.0.0.1:1/callback?a=1',
    'http://127.0.0.1:1/callback',
    'http://127.0.0.1:1/callback?a=2',
    'http://127.0.0.1:65536/callback?a=1',
    'http://127.0.0.1:/callback?a=1',
    'http://127.0.0.1:1.evil.example/callback?a=1',
    'http://127.0.0.1:1@evil.example/callback?a=1',
    'http://127.0.0.1.evil.example/callback?a=1',
    'http://127.0.0.2/callback?a=1',
  ])('AUTHZ-14 %s: is another', async (address) => {
    expect(await visit(askFor(address))).toMatchObject({ status: 400, location: null })
  })
})

test('AUTHZ-15 a page that opened the sign-in in a window of its own keeps hold of it, to the end and in failure', async () => {
  const asked = [askUrl(), askUrl({ client_id: 'nobody' }), askUrl({ response_type: 'token' })]
  const answers = [
    ...asked.map(({ href }) => href),
    `${world.issuer}/oauth/authorize?client_id=1&client_id=2`,
  ]
  for (const url of answers) {
    const { headers } = await visit(url)
    expect(headers.get('cross-origin-opener-policy')).toBe('unsafe-none')
  }
  const elsewhere = await fetch(`${world.issuer}/healthz`)
  expect(elsewhere.headers.get('cross-origin-opener-policy')).toBe('same-origin')
})

describe('a code', () => {
  test('AUTHZ-20 is good once; shown again, what it brought ends', async () => {
    const code = await getCode()
    const { json } = await exchange(code)
    expect((await me(json['access_token'])).status).toBe(200)
    expect((await exchange(code)).json['error']).toBe('invalid_grant')
    expect((await me(json['access_token'])).status).toBe(401)
    const form = {
      grant_type: 'refresh_token',
      client_id: client.id,
      refresh_token: String(json['refresh_token']),
    }
    expect((await world.post('/oauth/token', form)).json['error']).toBe('invalid_grant')
  })

  test('AUTHZ-21 shown by many at once brings one session at most, and that one ends', async () => {
    const code = await getCode()
    const answers = await Promise.all(Array.from({ length: 8 }, () => exchange(code)))
    const good = answers.filter(({ status }) => status === 200)
    expect(good).toHaveLength(1)
    expect((await me(good[0]?.json['access_token'])).status).toBe(401)
  })

  test('AUTHZ-22 is of no use without its verifier, its address and its client', async () => {
    const code = await getCode()
    const other = await world.makeClient()
    const wrong = [
      { code_verifier: `${verifier}x` },
      { code_verifier: 'short' },
      { code_verifier: challenge },
      { redirect_uri: 'https://app.example.com/callback' },
      { client_id: other.id, client_secret: other.secret },
    ]
    for (const changes of wrong) expect((await exchange(code, changes)).json['error']).toBe('invalid_grant')
    expect((await exchange(code, { code_verifier: '' })).json['error']).toBe('invalid_request')
    expect((await exchange('fgc_nonsense')).json['error']).toBe('invalid_grant')
    expect((await exchange(code)).status).toBe(200)
  })

  test('AUTHZ-23 is good for a minute', async () => {
    const code = await getCode()
    const age = (seconds: number) =>
      world.app.database.query(
        `UPDATE authorization_codes SET expires_at = now() + $1 * interval '1 second' WHERE user_id = $2`,
        [seconds, user.id],
      )
    const [row] = await world.app.database.query<[{ seconds: number }]>(
      `SELECT extract(epoch FROM expires_at - authenticated_at)::int AS seconds FROM authorization_codes WHERE user_id = $1`,
      [user.id],
    )
    expect(row.seconds).toBe(60)
    await age(-1)
    expect((await exchange(code)).json['error']).toBe('invalid_grant')
  })

  test('AUTHZ-24 is gone when its user is disabled, or has another password', async () => {
    const disabled = await getCode()
    const all = asCaller({ scopes: world.app.scopes })
    await world.app.execute('mutation ($id: ID!) { disableUser(id: $id) { id } }', { id: user.id }, all)
    expect((await exchange(disabled)).json['error']).toBe('invalid_grant')

    user = await world.app.createUser({ roles: ['member'] })
    const { accessToken } = await world.app.signIn(user)
    const changed = await getCode()
    const change =
      'mutation ($old: String!, $new: String!) { changePassword(currentPassword: $old, newPassword: $new) }'
    const passwords = { old: user.password, new: 'another password for tests' }
    expect((await world.app.post(change, passwords, { token: accessToken })).errors).toEqual([])
    expect((await exchange(changed)).json['error']).toBe('invalid_grant')
  })

  test.each(['disabled_at = now()', `password_hash = 'another'`])(
    'AUTHZ-24 is gone when somebody does that in SQL (%s); a used one stays, to be known again',
    async (change) => {
      const [used, unused] = [await getCode(), await getCode()]
      expect((await exchange(used)).status).toBe(200)
      await world.app.database.query(`UPDATE users SET ${change} WHERE id = $1`, [user.id])
      expect((await exchange(unused)).json['error']).toBe('invalid_grant')
      const ofUser = 'SELECT session_id FROM authorization_codes WHERE user_id = $1'
      expect(await world.app.database.query(ofUser, [user.id])).toHaveLength(1)
    },
  )

  test('AUTHZ-25 of a confidential client takes its secret as well', async () => {
    const confidential = await world.makeClient({ redirectUris: [redirectUri], scopes: ['profile:read'] })
    const code = await getCode({ client_id: confidential.id })
    expect((await exchange(code, { client_id: confidential.id })).json['error']).toBe('invalid_client')
    const form = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
    }
    const answer = await world.post('/oauth/token', form, basic(confidential.id, confidential.secret))
    expect(answer.status).toBe(200)
  })
})

describe('real clients', () => {
  test('oauth4webapi goes the whole way', async () => {
    const insecure = { [oauth.allowInsecureRequests]: true }
    const issuer = new URL(world.issuer)
    const found = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure })
    const server = await oauth.processDiscoveryResponse(issuer, found)
    const own = oauth.generateRandomCodeVerifier()
    const state = oauth.generateRandomState()
    const url = askUrl({ code_challenge: await oauth.calculatePKCECodeChallenge(own), state })
    const { location } = await (await visit(url)).decide(user)

    const as = { client_id: client.id }
    const back = oauth.validateAuthResponse(server, as, new URL(location ?? ''), state)
    const asked = await oauth.authorizationCodeGrantRequest(
      server,
      as,
      oauth.None(),
      back,
      redirectUri,
      own,
      insecure,
    )
    const tokens = await oauth.processAuthorizationCodeResponse(server, as, asked)
    expect((await me(tokens.access_token)).status).toBe(200)
  })

  test('openid-client goes the whole way', async () => {
    const config = await openid.discovery(new URL(world.issuer), client.id, undefined, openid.None(), {
      algorithm: 'oauth2',
      execute: [openid.allowInsecureRequests],
    })
    const own = openid.randomPKCECodeVerifier()
    const state = openid.randomState()
    const url = openid.buildAuthorizationUrl(config, {
      redirect_uri: plainUri,
      scope: 'profile:read',
      state,
      code_challenge: await openid.calculatePKCECodeChallenge(own),
      code_challenge_method: 'S256',
    })
    const { location } = await (await visit(url)).decide(user)
    const tokens = await openid.authorizationCodeGrant(config, new URL(location ?? ''), {
      pkceCodeVerifier: own,
      expectedState: state,
    })
    expect((await me(tokens.access_token)).status).toBe(200)
    expect(await openid.refreshTokenGrant(config, tokens.refresh_token ?? '')).toMatchObject({
      scope: 'profile:read',
    })
  })
})

describe('what a program was given', () => {
  const scopes = ['profile:read', 'profile:write']

  async function letIn() {
    const program = await world.makeClient({ kind: 'PUBLIC', redirectUris: [redirectUri], scopes })
    const code = await getCode({ client_id: program.id, scope: scopes.join(' ') })
    return { program, code }
  }
  const refresh = (program: { id: string }, token: unknown) =>
    world.post('/oauth/token', {
      grant_type: 'refresh_token',
      client_id: program.id,
      refresh_token: String(token),
    })
  const all = () => asCaller({ scopes: world.app.scopes })
  const waiting = () => world.app.database.query<object[]>(lockWaitsSql)

  test('AUTHZ-30 makes no API key, which would outlive the consent', async () => {
    const { program, code } = await letIn()
    const { json } = await exchange(code, { client_id: program.id })
    const { data, errors } = await world.app.post(
      `mutation { createApiKey(input: { name: "kept", scopes: ["profile:read"] }) { key } }`,
      {},
      { token: String(json['access_token']) },
    )
    expect([data, errors[0]?.extensions?.['code']]).toEqual([null, 'FORBIDDEN'])
  })

  test('AUTHZ-31 a scope that the client loses comes back neither with the code nor at a refresh', async () => {
    const [one, other] = [await letIn(), await letIn()]
    const { json } = await exchange(one.code, { client_id: one.program.id })
    expect(json['scope']).toBe('profile:read profile:write')
    const ids = [one.program.id, other.program.id]
    await world.app.database.query(`UPDATE clients SET scopes = '{profile:read}' WHERE id = ANY ($1)`, [ids])
    expect((await refresh(one.program, json['refresh_token'])).json['scope']).toBe('profile:read')
    const late = await exchange(other.code, { client_id: other.program.id })
    expect(late.json['scope']).toBe('profile:read')
  })

  test('AUTHZ-33 a code that was used up for a client that has changed meanwhile cannot be shown again: it is told so', async () => {
    const { program, code } = await letIn()
    const { answer } = await world.app.database.transaction(async (tx) => {
      await tx.query('SELECT FROM users WHERE id = $1 FOR UPDATE', [user.id])
      const asking = exchange(code, { client_id: program.id })
      await expect.poll(waiting, { timeout: 10_000 }).toHaveLength(1)
      await world.app.database.query(`UPDATE clients SET scopes = '{profile:read}' WHERE id = $1`, [
        program.id,
      ])
      return { answer: asking }
    })
    const { status, json } = await answer
    expect([status, json['error']]).toEqual([400, 'invalid_grant'])
    const ended = 'SELECT end_reason AS reason FROM sessions WHERE client_id = $1'
    expect(await world.app.database.query(ended, [program.id])).toEqual([{ reason: 'discarded' }])
  })

  test('AUTHZ-32 a client that is disabled while it asks is given nothing', async () => {
    const { program, code } = await letIn()
    const { answer } = await world.app.database.transaction(async (tx) => {
      await tx.query('SELECT FROM users WHERE id = $1 FOR UPDATE', [user.id])
      const asking = exchange(code, { client_id: program.id })
      await expect.poll(waiting, { timeout: 10_000 }).toHaveLength(1)
      const disable = 'mutation ($id: ID!) { disableServiceClient(id: $id) { disabledAt } }'
      expect((await world.app.execute(disable, { id: program.id }, all())).errors).toEqual([])
      return { answer: asking }
    })
    expect((await answer).json).toEqual({ error: 'invalid_client', error_description: expect.any(String) })
    const live = 'SELECT FROM sessions WHERE client_id = $1 AND ended_at IS NULL'
    expect(await world.app.database.query(live, [program.id])).toEqual([])
  })
})
