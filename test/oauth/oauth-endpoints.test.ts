import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { asCaller } from '../../src/testing/test-app.js'
import { basic, createOAuthWorld, type OAuthWorld } from './oauth-world.js'

let world: OAuthWorld
let client: { id: string; secret: string }
beforeAll(async () => {
  world = await createOAuthWorld({ AUDIENCE: 'https://api.example.com' })
  client = await world.makeClient()
})
afterAll(() => world.app.stop())

const own = { grant_type: 'client_credentials' }
const token = (form: Record<string, string> | string, headers?: Record<string, string>) =>
  world.post('/oauth/token', form, headers)
const asClient = (form: Record<string, string>) => token(form, basic(client.id, client.secret))
const signedIn = async () => world.app.signIn(await world.app.createUser({ roles: ['member'] }))
const pick = (claims: Readonly<Record<string, unknown>>, names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, claims[name]]))
const me = (accessToken: string) => world.app.post('{ me { id } }', {}, { token: accessToken })

describe('client authentication', () => {
  test('OAUTH-1 by HTTP Basic, in any case, or in the form', async () => {
    expect((await asClient(own)).status).toBe(200)
    const { authorization = '' } = basic(client.id, client.secret)
    expect((await token(own, { authorization: authorization.replace('Basic', 'bAsIc') })).status).toBe(200)
    expect((await token({ ...own, client_id: client.id, client_secret: client.secret })).status).toBe(200)
  })

  test('OAUTH-2 not by both at once, nor as two clients', async () => {
    const headers = basic(client.id, client.secret)
    const twice = await token({ ...own, client_secret: client.secret }, headers)
    expect(twice).toMatchObject({ status: 400, json: { error: 'invalid_request' } })
    expect((await token({ ...own, client_id: 'fieldgate' }, headers)).json['error']).toBe('invalid_request')
  })

  test('OAUTH-3 whoever fails is told so with 401, and with a scheme that there is, whatever they tried', async () => {
    const failing: Record<string, string>[] = [
      basic(client.id, 'wrong'),
      basic('00000000-0000-4000-8000-000000000009', client.secret),
      basic('%zz', 'x'),
      basic(client.id, ''),
      { authorization: 'Basic !' },
      { authorization: 'Bearer x' },
    ]
    const forms = [{}, { client_id: client.id }, { client_id: client.id, client_secret: 'wrong' }]
    const answers = [
      ...(await Promise.all(failing.map((headers) => token(own, headers)))),
      ...(await Promise.all(forms.map((form) => token({ ...own, ...form })))),
    ]
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 401, json: { error: 'invalid_client' } })
      expect(answer.headers.get('www-authenticate')).toBe('Basic realm="fieldgate", charset="UTF-8"')
    }
  })
})

describe('the token endpoint', () => {
  test('OAUTH-10 speaks as RFC 6749 5.1 and 5.2 have it, and no cache keeps it', async () => {
    const good = await asClient(own)
    expect(good.json).toEqual({
      access_token: expect.stringMatching(/^eyJ/),
      token_type: 'Bearer',
      expires_in: 300,
      scope: 'users:read',
    })
    const bad = await asClient({ grant_type: 'nonsense' })
    expect(bad).toMatchObject({ status: 400, json: { error: 'unsupported_grant_type' } })
    for (const { headers } of [good, bad]) {
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('pragma')).toBe('no-cache')
      expect(headers.get('content-type')).toContain('application/json')
    }
  })

  test('OAUTH-11 a parameter twice, none, or another kind of body is invalid_request', async () => {
    const headers = basic(client.id, client.secret)
    const body = 'grant_type=client_credentials'
    expect((await token(`${body}&${body}`, headers)).json['error']).toBe('invalid_request')
    expect((await token('grant_type=', headers)).json['error']).toBe('invalid_request')
    const json = await token(JSON.stringify(own), { ...headers, 'content-type': 'application/json' })
    expect(json).toMatchObject({ status: 400, json: { error: 'invalid_request' } })
    const xml = await token('<a/>', { ...headers, 'content-type': 'text/xml' })
    expect(xml).toMatchObject({ status: 415, json: { error: 'invalid_request' } })
  })

  test('OAUTH-12 a form is not taken by GraphQL all the same', async () => {
    expect((await world.post('/graphql', { query: '{ __typename }' })).status).toBe(415)
  })

  test('OAUTH-13 the password grant is off unless it is switched on', async () => {
    const form = { grant_type: 'password', client_id: 'fieldgate', username: 'x', password: 'y' }
    expect((await token(form)).json['error']).toBe('unsupported_grant_type')
  })
})

describe('a client that acts for itself', () => {
  test('OAUTH-20 may do what it was given, and is nobody of ours', async () => {
    const { json } = await asClient({ ...own, scope: 'users:read' })
    const as = { token: String(json['access_token']) }
    expect(await world.app.post('{ users { nodes { id } } }', {}, as)).toMatchObject({
      status: 200,
      errors: [],
    })
    expect((await world.app.post('{ roles { name } }', {}, as)).status).toBe(403)
    expect((await world.app.post('mutation { logout }', {}, as)).errors).toMatchObject([
      { extensions: { code: 'NOT_FOUND' } },
    ])
  })

  test('OAUTH-21 is not given what it was not made for', async () => {
    expect((await asClient({ ...own, scope: 'roles:read' })).json['error']).toBe('invalid_scope')
    expect((await asClient({ ...own, scope: 'users:read "' })).json['error']).toBe('invalid_scope')
    const { json } = await asClient({ ...own, scope: 'roles:read users:read' })
    expect(json['scope']).toBe('users:read')
  })

  test('OAUTH-22 is not a public one', async () => {
    const answer = await token({ ...own, client_id: 'fieldgate' })
    expect(answer).toMatchObject({ status: 400, json: { error: 'unauthorized_client' } })
  })

  test('OAUTH-23 is refused everywhere as soon as the mutation that disables it has returned', async () => {
    const { id, secret } = await world.makeClient()
    const { json } = await token(own, basic(id, secret))
    const as = { token: String(json['access_token']) }
    expect((await world.app.post('{ users { nodes { id } } }', {}, as)).status).toBe(200)
    await world.app.execute(
      'mutation ($id: ID!) { disableServiceClient(id: $id) { id } }',
      { id },
      asCaller({ scopes: world.app.scopes }),
    )
    expect((await world.app.post('{ users { nodes { id } } }', {}, as)).status).toBe(401)
    expect((await token(own, basic(id, secret))).json['error']).toBe('invalid_client')
  })
})

describe('refresh', () => {
  const refresh = (refreshToken: string, clientId = 'fieldgate') =>
    token({ grant_type: 'refresh_token', refresh_token: refreshToken, client_id: clientId })

  test('OAUTH-30 a session that began in GraphQL is refreshed by the built-in client, without a secret', async () => {
    const { json } = await refresh((await signedIn()).refreshToken)
    expect(json).toMatchObject({ token_type: 'Bearer', expires_in: 300, scope: 'profile:read profile:write' })
    expect((await me(String(json['access_token']))).status).toBe(200)
    expect((await refresh(String(json['refresh_token']))).status).toBe(200)
  })

  test('OAUTH-31 a refresh token is good for its own client alone', async () => {
    const { refreshToken } = await signedIn()
    const form = { grant_type: 'refresh_token', refresh_token: refreshToken }
    expect((await asClient(form)).json['error']).toBe('invalid_grant')
    expect((await refresh(refreshToken)).status).toBe(200)
    expect((await refresh('nonsense')).json['error']).toBe('invalid_grant')
  })
})

describe('revocation', () => {
  const revoke = (value: string, headers: Record<string, string> = {}) =>
    world.post(
      '/oauth/revoke',
      { token: value, ...(headers['authorization'] ? {} : { client_id: 'fieldgate' }) },
      headers,
    )

  test('OAUTH-40 either token ends the session, and both tokens with it', async () => {
    for (const kind of ['accessToken', 'refreshToken'] as const) {
      const tokens = await signedIn()
      expect((await me(tokens.accessToken)).status).toBe(200)
      expect((await revoke(tokens[kind])).status).toBe(200)
      expect((await me(tokens.accessToken)).status).toBe(401)
      const form = { grant_type: 'refresh_token', client_id: 'fieldgate', refresh_token: tokens.refreshToken }
      expect((await token(form)).json['error']).toBe('invalid_grant')
      expect((await revoke(tokens[kind])).status).toBe(200)
    }
  })

  test("OAUTH-41 another client's token is refused, and goes on; only who shows one that is good learns that", async () => {
    const { accessToken, refreshToken } = await signedIn()
    const asOther = (value: string) => revoke(value, basic(client.id, client.secret))
    for (const value of [accessToken, refreshToken]) {
      expect(await asOther(value)).toMatchObject({ status: 400, json: { error: 'invalid_grant' } })
    }
    expect((await me(accessToken)).status).toBe(200)
    const others = (await asClient(own)).json['access_token']
    expect((await revoke(String(others))).json['error']).toBe('invalid_grant')

    const refreshed = await token({
      grant_type: 'refresh_token',
      client_id: 'fieldgate',
      refresh_token: refreshToken,
    })
    const successor = String(refreshed.json['refresh_token'])
    // Used up, of a family that there is, unknown: each of them good for nobody.
    for (const value of [refreshToken, `${successor.slice(0, -4)}AAAA`, 'nonsense']) {
      expect(await asOther(value)).toMatchObject({ status: 200, json: {} })
    }
    expect((await asOther(successor)).json['error']).toBe('invalid_grant')
    expect((await revoke(successor)).status).toBe(200)
    for (const value of [accessToken, successor]) expect((await asOther(value)).status).toBe(200)
  })

  test("OAUTH-42 a client's own token cannot be taken back alone, and that is said", async () => {
    const { json } = await asClient(own)
    const answer = await revoke(String(json['access_token']), basic(client.id, client.secret))
    expect(answer).toMatchObject({ status: 400, json: { error: 'unsupported_token_type' } })
  })
})

describe('introspection', () => {
  const introspect = (value: string) =>
    world.post('/oauth/introspect', { token: value }, basic(client.id, client.secret))

  test('OAUTH-50 says who a token is of and what it may, while it is good', async () => {
    const user = await world.app.createUser({ roles: ['member'] })
    const { accessToken, sessionId } = await world.app.signIn(user)
    expect((await introspect(accessToken)).json).toEqual({
      active: true,
      token_type: 'Bearer',
      sub: user.id,
      client_id: 'fieldgate',
      scope: 'profile:read profile:write',
      sid: sessionId,
      // RFC 7662 2.2: what the token says itself.
      ...pick(decodeJwt(accessToken), ['iss', 'aud', 'exp', 'iat', 'jti']),
    })
    await world.app.post('mutation { logout }', {}, { token: accessToken })
    expect((await introspect(accessToken)).json).toEqual({ active: false })
    expect((await introspect('nonsense')).json).toEqual({ active: false })
  })

  test('OAUTH-51 is not for those who cannot prove who they are', async () => {
    const answer = await world.post('/oauth/introspect', { token: 'x', client_id: 'fieldgate' })
    expect(answer).toMatchObject({ status: 401, json: { error: 'invalid_client' } })
    expect(answer.headers.get('www-authenticate')).toMatch(/^Basic realm=/)
  })
})

describe('a page of any origin', () => {
  const page = { origin: 'https://anybody.example' }
  const open = [
    ['GET', '/.well-known/oauth-authorization-server'],
    ['GET', '/.well-known/jwks.json'],
    ['POST', '/oauth/token'],
    ['POST', '/oauth/revoke'],
  ] as const
  const preflight = (method: string, path: string) =>
    fetch(world.issuer + path, {
      method: 'OPTIONS',
      headers: {
        ...page,
        'access-control-request-method': method,
        'access-control-request-headers': 'authorization, content-type',
      },
    })

  test.each(open)('OAUTH-71 may ask, without cookies: %s %s', async (method, path) => {
    const asked = await preflight(method, path)
    expect(asked.status).toBe(204)
    expect(asked.headers.get('access-control-allow-methods')).toContain(method)
    expect(asked.headers.get('access-control-allow-headers')).toBe('authorization, content-type')
    const answer = await fetch(world.issuer + path, { method, headers: page })
    for (const { headers } of [asked, answer]) {
      expect(headers.get('access-control-allow-origin')).toBe('*')
      expect(headers.has('access-control-allow-credentials')).toBe(false)
    }
    expect(answer.headers.get('access-control-expose-headers')).toContain('www-authenticate')
    expect(answer.headers.get('cross-origin-resource-policy')).toBe('cross-origin')
  })

  test.each([
    ['POST', '/oauth/introspect'],
    ['GET', '/oauth/authorize'],
    ['POST', '/oauth/authorize'],
    ['POST', '/graphql'],
  ])('OAUTH-72 but not %s %s', async (method, path) => {
    for (const { headers } of [
      await preflight(method, path),
      await fetch(world.issuer + path, { method, headers: page }),
    ]) {
      expect(headers.has('access-control-allow-origin')).toBe(false)
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin')
    }
  })

  test('OAUTH-73 has nothing of the cookies of who visits it', async () => {
    const { email, password } = await world.app.createUser({ roles: ['member'] })
    const wish = { 'fieldgate-cookies': 'on' }
    const login = `mutation { login(email: "${email}", password: "${password}") { sessionId } }`
    const { headers } = await world.app.post(login, {}, { headers: wish })
    const cookie = headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; ')
    expect(cookie).toMatch(/fieldgate-access=.+fieldgate-refresh=/)
    const form = { grant_type: 'refresh_token', client_id: 'fieldgate' }
    for (const path of ['/oauth/token', '/oauth/revoke']) {
      const answer = await world.post(path, form, { ...wish, cookie })
      expect(answer).toMatchObject({ status: 400, json: { error: 'invalid_request' } })
    }
    expect((await world.app.post('{ me { id } }', {}, { headers: { ...wish, cookie } })).status).toBe(200)
  })
})

test('OAUTH-60 where it is switched on, the built-in client exchanges a password', async () => {
  const other = await createOAuthWorld({ OAUTH_PASSWORD_GRANT: 'true' })
  const { email, password } = await other.app.createUser({ roles: ['member'] })
  const form = { grant_type: 'password', client_id: 'fieldgate', username: email, password }
  const good = await other.post('/oauth/token', { ...form, scope: 'profile:read' })
  expect(good.json).toMatchObject({ scope: 'profile:read', refresh_token: expect.stringMatching(/^fgr_/) })
  const wrong = await other.post('/oauth/token', { ...form, password: 'wrong' })
  expect(wrong).toMatchObject({ status: 400, json: { error: 'invalid_grant' } })
  const fromAPage = { 'sec-fetch-site': 'cross-site' }
  expect((await other.post('/oauth/token', form, fromAPage)).json['error']).toBe('invalid_request')
  const { id, secret } = await other.makeClient()
  const asOther = { grant_type: 'password', username: email, password }
  const refused = await other.post('/oauth/token', asOther, basic(id, secret))
  expect(refused.json['error']).toBe('unauthorized_client')
  await other.app.stop()
})

test('OAUTH-70 the metadata says what there is, and that answers come in the query alone', async () => {
  const answer = await fetch(`${world.issuer}/.well-known/oauth-authorization-server`)
  expect(await answer.json()).toMatchObject({
    issuer: world.issuer,
    response_types_supported: ['code'],
    response_modes_supported: ['query'], // RFC 8414 2: left out, it would mean query and fragment
    code_challenge_methods_supported: ['S256'],
  })
})
