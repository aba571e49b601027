import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'
import { afterEach, describe, expect, test } from 'vitest'
import { createBearerAuthenticator } from '../../src/authentication/bearer.js'
import { firstOf } from '../../src/authentication/first-of.js'
import { createServerAuthorization } from '../../src/graphql/authorization.js'
import type { ServerAuthorizationOptions } from '../../src/graphql/authorization.js'
import { captureLog } from '../support/log-capture.js'
import { createTinyServer } from '../support/tiny-server.js'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()))
})

const authenticate = firstOf(
  createBearerAuthenticator({
    verifyAccessToken: (token) =>
      token === 'alice'
        ? {
            id: 'alice',
            scopes: ['letters:read'],
            sessionId: null,
            clientId: 'web',
            expiresAt: new Date('2030-01-01T00:00:00Z'),
          }
        : { error: 'invalid_token', description: 'The access token expired.' },
  }),
  ({ headers }) =>
    headers.cookie === undefined ? null : { error: 'invalid_token', description: 'The cookie is unknown.' },
)

async function start(options: Partial<ServerAuthorizationOptions> = {}) {
  const ran: string[] = []
  const run = (name: string) => () => {
    ran.push(name)
    return name
  }
  const server = await createTinyServer({
    typeDefs: `
      type Query {
        open: String @public
        letter: String @auth(scopes: ["letters:read"])
        secret: String @auth(scopes: ["secrets:read"])
      }
      type Mutation {
        login: String @public
        change: String @auth(scopes: ["secrets:read"])
      }`,
    resolvers: {
      Query: { open: run('open'), letter: run('letter'), secret: run('secret') },
      Mutation: { login: run('login'), change: run('change') },
    },
    authenticate,
    authorization: createServerAuthorization({
      scopes: {
        'letters:read': { description: 'Read letters', implies: [] },
        'secrets:read': { description: 'Read secrets', implies: [] },
      },
      policies: {},
      mode: 'partial',
      exposeRequirements: true,
      introspection: 'full',
      log: captureLog().log,
      ...options,
    }),
  })
  closing.push(server.close)
  return { ...server, ran }
}

const as = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })
const refusalWith = (code: string) => ({ errors: [{ extensions: { code } }] })

describe('a request without a credential', () => {
  test('is asked for one, with no error code (RFC 6750 3)', async () => {
    const { post, ran } = await start()
    const { status, headers, body } = await post('{ secret }')
    expect(status).toBe(401)
    expect(headers['www-authenticate']).toBe('Bearer realm="fieldgate"')
    expect(body).toMatchObject(refusalWith('UNAUTHENTICATED'))
    expect(body).not.toHaveProperty('data')
    expect(ran).toEqual([])
  })

  test('gets the fields that are open, and 200, when there is one', async () => {
    const { post } = await start()
    const { status, headers, body } = await post('{ open secret }')
    expect(status).toBe(200)
    expect(headers).not.toHaveProperty('www-authenticate')
    expect(body.data).toEqual({ open: 'open', secret: null })
    expect(body.errors).toMatchObject([{ path: ['secret'], extensions: { code: 'UNAUTHENTICATED' } }])
  })
})

describe('a request with a bad token', () => {
  test('is told so (RFC 6750 3.1)', async () => {
    const { post } = await start()
    const { status, headers, body } = await post('{ letter }', as('expired'))
    expect(status).toBe(401)
    expect(headers['www-authenticate']).toBe(
      'Bearer realm="fieldgate", error="invalid_token", error_description="The access token expired."',
    )
    expect(body).toMatchObject(refusalWith('UNAUTHENTICATED'))
  })

  test('is not anonymous: one field that is not open refuses all of it', async () => {
    const { post, ran } = await start()
    expect(await post('{ open letter }', as('expired'))).toMatchObject({ status: 401 })
    expect(ran).toEqual([])
  })

  test('still runs what is all open, so that a client can sign in again', async () => {
    const { post } = await start()
    const { status, body } = await post('mutation { login }', as('expired'))
    expect({ status, data: body.data }).toEqual({ status: 200, data: { login: 'login' } })
  })
})

describe('a request with two credentials', () => {
  const invalidRequest = expect.stringContaining('Bearer realm="fieldgate", error="invalid_request"')

  test('is malformed: two Authorization headers, even of the same token', async () => {
    const { listenAnywhere } = await start()
    const url = new URL('/graphql', await listenAnywhere())
    const headers = ['Host', url.host, 'Content-Type', 'application/json']
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      request(url, {
        method: 'POST',
        headers: [...headers, 'Authorization', 'Bearer alice', 'authorization', 'Bearer alice'],
      })
        .on('response', resolve)
        .on('error', reject)
        .end('{"query": "{ letter }"}')
    })
    expect(response.statusCode).toBe(400)
    expect(response.headers['www-authenticate']).toEqual(invalidRequest)
    expect(await json(response)).not.toHaveProperty('data')
  })

  test('is malformed: header and cookie', async () => {
    const { post } = await start()
    const { status, headers } = await post('{ letter }', {
      headers: { ...as('alice').headers, cookie: 'sid=1' },
    })
    expect(status).toBe(400)
    expect(headers['www-authenticate']).toEqual(invalidRequest)
  })
})

describe('a caller without the scope', () => {
  test('is told which one is missing (RFC 6750 3.1)', async () => {
    const { post } = await start()
    const { status, headers, body } = await post('{ secret }', as('alice'))
    expect(status).toBe(403)
    expect(headers['www-authenticate']).toBe(
      'Bearer realm="fieldgate", error="insufficient_scope", scope="secrets:read"',
    )
    expect(body).toMatchObject(refusalWith('FORBIDDEN'))
    expect(body).not.toHaveProperty('data')
  })

  test('is not told where requirements are hidden', async () => {
    const { post } = await start({ exposeRequirements: false })
    const { headers, body } = await post('{ secret }', as('alice'))
    expect(headers['www-authenticate']).toBe('Bearer realm="fieldgate", error="insufficient_scope"')
    expect(JSON.stringify(body)).not.toContain('secrets:read')
  })

  test('gets the rest and 200, or nothing and 403 when the client asked for all or nothing', async () => {
    const { post } = await start()
    expect(await post('{ letter secret }', as('alice'))).toMatchObject({
      status: 200,
      body: { data: { letter: 'letter', secret: null } },
    })
    const whole = await post('{ letter secret }', {
      headers: { ...as('alice').headers, 'authorization-mode': 'reject' },
    })
    expect(whole.status).toBe(403)
    expect(whole.body).not.toHaveProperty('data')
  })

  test('gets no part of what a server refuses as a whole, though the client would take it', async () => {
    const { post } = await start({ mode: 'reject' })
    const whole = await post('{ letter secret }', {
      headers: { ...as('alice').headers, 'authorization-mode': 'partial' },
    })
    expect(whole.status).toBe(403)
    expect(whole.body).not.toHaveProperty('data')
  })

  test('changes nothing, not even by the mutations that were allowed', async () => {
    const { post, ran } = await start()
    expect(await post('mutation { login change }', as('alice'))).toMatchObject({ status: 403 })
    expect(ran).toEqual([])
  })
})

describe('refusals', () => {
  test('stay out of caches and of the error log, and show up in the operation log by code', async () => {
    const { post, lines } = await start()
    const { headers } = await post('{ secret }', as('alice'))
    expect(headers['cache-control']).toBe('private, no-store')
    expect(headers['vary']).toContain('Authorization')
    expect(lines().filter(({ level }) => level === 'error')).toEqual([])
    expect(lines()).toContainEqual(
      expect.objectContaining({ msg: 'request', codes: ['FORBIDDEN'], callerId: 'alice' }),
    )
  })

  test('leave no token in the log', async () => {
    const { post, text } = await start()
    await post('{ secret }', as('expired-expired'))
    expect(text()).not.toContain('expired-expired')
  })
})

describe('introspection for callers', () => {
  const query = '{ ...S } fragment S on Query { s: __schema { queryType { name } } }'

  test('answers callers only, again and again', async () => {
    const { post } = await start({ introspection: 'authenticated' })
    for (const _ of [1, 2]) {
      expect(await post(query)).toMatchObject({ status: 401, body: refusalWith('UNAUTHENTICATED') })
      expect(await post(query, as('expired'))).toMatchObject({ status: 401 })
      expect(await post(query, as('alice'))).toMatchObject({ status: 200 })
    }
    expect(await post('{ open }')).toMatchObject({ status: 200 })
  })
})
