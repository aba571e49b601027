import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { AppError } from '../../src/errors.js'
import { deferred } from '../support/deferred.js'
import { createTinyServer } from '../support/tiny-server.js'
import type { TinyServerOptions } from '../support/tiny-server.js'

const servers: Awaited<ReturnType<typeof createTinyServer>>[] = []
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()))
})

async function start(options?: TinyServerOptions) {
  const server = await createTinyServer(options)
  servers.push(server)
  return server
}

const errorWith = (code: string) => ({ errors: [{ message: expect.any(String), extensions: { code } }] })

describe('a request that is no GraphQL request', () => {
  test.each([
    ['broken JSON', { 'content-type': 'application/json' }, '{"query": "hunter2', 400],
    ['no body', { 'content-type': 'application/json' }, '', 400],
    ['a prototype in JSON', { 'content-type': 'application/json' }, '{"__proto__": {"x": 1}}', 400],
    [
      'a body over the limit',
      { 'content-type': 'application/json' },
      `{"query": "${'x'.repeat(20_000)}"}`,
      413,
    ],
    ['an unknown content type', { 'content-type': 'application/xml' }, '<query/>', 415],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 'query={hello}', 415],
    ['a text that a foreign page can send', { 'content-type': 'text/plain' }, '{"query": "{ hello }"}', 400],
    ['a batch', { 'content-type': 'application/json' }, '[{"query": "{ hello }"}]', 400],
  ])('is answered in the shape of GraphQL: %s', async (_, headers, payload, status) => {
    const { app } = await start()
    const response = await app.inject({ method: 'POST', url: '/graphql', headers, payload })
    expect(response.statusCode).toBe(status)
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(response.json()).toEqual(errorWith('BAD_REQUEST'))
    expect(response.body).not.toContain('hunter2')
  })

  test('gets the GraphQL media type when it asks for it', async () => {
    const { app } = await start()
    const headers = { 'content-type': 'application/json', accept: 'application/graphql-response+json' }
    const response = await app.inject({ method: 'POST', url: '/graphql', headers, payload: '{' })
    expect(response.headers['content-type']).toBe('application/graphql-response+json; charset=utf-8')
  })

  test.each(['/nowhere', '/graphql/x', '//evil.example/graphql'])('to %s finds nothing', async (url) => {
    const { app } = await start()
    const response = await app.inject({ method: 'GET', url })
    expect(response.statusCode).toBe(404)
    expect(response.json()).toEqual(errorWith('NOT_FOUND'))
  })

  test.each(['PUT', 'PATCH', 'DELETE'] as const)('by %s hears which methods there are', async (method) => {
    const { app } = await start()
    const response = await app.inject({ method, url: '/graphql' })
    expect(response.statusCode).toBe(405)
    expect(response.headers['allow']).toBe('GET, POST')
    expect(response.json()).toEqual(errorWith('BAD_REQUEST'))
  })

  test('of HTTP/1.0 may leave out the Host where none is needed', async () => {
    const { listenAnywhere } = await start()
    const { port } = new URL(await listenAnywhere())
    const ask = (line: string) => {
      const socket = connect(Number(port), '127.0.0.1', () => socket.write(`${line} HTTP/1.0\r\n\r\n`))
      return text(socket)
    }
    expect(await ask('GET /healthz')).toMatch(/^HTTP\/1\.1 200 /)
    expect(await ask('GET /graphql')).toMatch(/^HTTP\/1\.1 400 /)
  })

  test('with a broken URL or Host is a bad request, and the answer does not repeat it', async () => {
    const { app } = await start()
    const url = await app.inject({ method: 'GET', url: '/%c0hunter2' })
    const host = await app.inject({
      method: 'GET',
      url: '/graphql?query={hello}',
      headers: { host: 'a b:hunter2' },
    })
    for (const response of [url, host]) {
      expect(response.statusCode).toBe(400)
      expect(response.json()).toEqual(errorWith('BAD_REQUEST'))
      expect(response.body).not.toContain('hunter2')
    }
  })
})

describe('a route that fails', () => {
  const routes = [
    {
      method: 'GET' as const,
      url: '/fault',
      handler: async () => Promise.reject(new Error('secret inside')),
    },
    {
      method: 'GET' as const,
      url: '/limited',
      handler: async () =>
        Promise.reject(new AppError('RATE_LIMITED', { details: { retryAfterSeconds: 1.2 } })),
    },
  ]

  test('tells the client nothing of a fault, and the log all', async () => {
    const { app, lines } = await start({ http: { routes } })
    const response = await app.inject({
      method: 'GET',
      url: '/fault',
    })
    expect(response.statusCode).toBe(500)
    expect(response.json()).toEqual({
      errors: [{ message: 'Something went wrong on our side.', extensions: { code: 'INTERNAL' } }],
    })
    expect(lines()).toContainEqual(
      expect.objectContaining({
        level: 'error',
        requestId: response.headers['x-request-id'],
        err: expect.objectContaining({ message: 'secret inside' }),
      }),
    )
  })

  test('with a code answers its status, and when to come back', async () => {
    const { app } = await start({ http: { routes } })
    const response = await app.inject({ method: 'GET', url: '/limited' })
    expect(response.statusCode).toBe(429)
    expect(response.headers['retry-after']).toBe('2')
    expect(response.json()).toMatchObject(errorWith('RATE_LIMITED'))
  })
})

describe('every answer', () => {
  test.each([
    ['POST', '/graphql'],
    ['GET', '/healthz'],
    ['GET', '/nowhere'],
    ['GET', '/%c0'],
  ] as const)('carries the security headers: %s %s', async (method, url) => {
    const { app } = await start()
    const { headers } = await app.inject({ method, url })
    expect(headers).toMatchObject({
      'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    })
  })

  // RFC 6797 7.2: not over plain http. Its siblings are not this host's to decide about.
  test.each([
    ['https://api.example', 'max-age=31536000'],
    ['http://127.0.0.1:4000', undefined],
  ])('has browsers come back by TLS where that is: %s', async (publicUrl, policy) => {
    const { app } = await start({ http: { publicUrl } })
    for (const url of ['/healthz', '/nowhere', '/%c0']) {
      const { headers } = await app.inject({ url })
      expect(headers['strict-transport-security']).toBe(policy)
    }
  })

  test('carries the request id of a trusted proxy, or a new one', async () => {
    const asked = async (trustedProxies: string[], sent: string) => {
      const { app } = await start({ http: { trustedProxies } })
      const { headers } = await app.inject({ url: '/healthz', headers: { 'x-request-id': sent } })
      return headers['x-request-id']
    }
    expect(await asked(['127.0.0.1'], 'trace-0001')).toBe('trace-0001')
    expect(await asked(['127.0.0.1'], 'eyJhbGci.e30.c2ln')).toMatch(/^[0-9a-f-]{36}$/)
    expect(await asked(['192.0.2.1'], 'trace-0001')).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('of GraphQL stays out of caches and tells callers apart', async () => {
    const { post, app } = await start({ http: { corsOrigins: ['https://app.example'] } })
    const answers = [
      await post('{ hello }', { headers: { origin: 'https://app.example' } }),
      await post('{ nothing }'),
      await app.inject({ method: 'POST', url: '/graphql', payload: 'x' }),
    ]
    for (const { headers } of answers) {
      expect(headers['cache-control']).toMatch(/no-store/)
      expect(headers['vary']).toBe('Accept, Authorization, Cookie, Origin, X-API-Key')
    }
  })
})

describe('the client address', () => {
  const whoAsks: TinyServerOptions = {
    typeDefs: 'type Query { address: String }',
    resolvers: { Query: { address: (_, __, { clientAddress }) => clientAddress } },
  }
  const asked = { headers: { 'x-forwarded-for': '198.51.100.7' } }

  test('is the peer by default, loopback being no proxy', async () => {
    const { post } = await start(whoAsks)
    expect((await post('{ address }', asked)).body.data).toEqual({ address: '127.0.0.1' })
  })

  test('is what a trusted proxy says', async () => {
    const { post } = await start({ ...whoAsks, http: { trustedProxies: ['127.0.0.0/8'] } })
    expect((await post('{ address }', asked)).body.data).toEqual({ address: '198.51.100.7' })
  })
})

const preflight = async (origin: string, http: TinyServerOptions['http']) => {
  const { app } = await start({ http: http ?? {} })
  const { headers } = await app.inject({
    method: 'OPTIONS',
    url: '/graphql',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization',
    },
  })
  return headers
}

describe('CORS', () => {
  const listed = { corsOrigins: ['https://app.example'] }

  test('admits a listed origin, with credentials and the headers that clients need', async () => {
    expect(await preflight('https://app.example', listed)).toMatchObject({
      'access-control-allow-origin': 'https://app.example',
      'access-control-allow-credentials': 'true',
      'access-control-allow-headers': expect.stringContaining('authorization'),
    })
  })

  test.each([
    'https://app.example.evil.test',
    'https://xapp.example',
    'http://app.example',
    'https://app.example:8443',
    'null',
    'https://studio.apollographql.com',
    'http://localhost:3000',
  ])('admits no other origin in production: %s', async (origin) => {
    expect(await preflight(origin, listed)).not.toHaveProperty('access-control-allow-origin')
  })

  test.each([
    'https://studio.apollographql.com',
    'http://localhost:3000',
    'http://127.0.0.1:5173',
    'http://[::1]:1',
  ])('admits %s in development', async (origin) => {
    const headers = await preflight(origin, { corsProfile: 'development' })
    expect(headers['access-control-allow-origin']).toBe(origin)
  })

  test.each(['http://localhost.evil.test', 'https://localhost', 'http://evil.test/http://localhost'])(
    'admits what only looks local not even in development: %s',
    async (origin) => {
      const headers = await preflight(origin, { corsProfile: 'development' })
      expect(headers).not.toHaveProperty('access-control-allow-origin')
    },
  )
})

describe('the log of requests', () => {
  test('shows route, status and time, and nothing that the client wrote', async () => {
    const { app, lines, text: logged } = await start()
    const secret = 'hunter2-hunter2'
    await app.inject({
      url: `/graphql?query={hello}&variables={"password":"${secret}"}`,
      headers: { cookie: secret },
    })
    await app.inject({ url: `/reset/${secret}`, headers: { authorization: secret, 'user-agent': secret } })
    await app.inject({
      method: 'POST',
      url: '/graphql',
      headers: { 'content-type': 'application/json' },
      payload: secret,
    })
    await app.inject({ url: `/%c0${secret}`, headers: { 'x-forwarded-for': secret, host: secret } })
    expect(logged()).not.toContain(secret)
    expect(lines()).toContainEqual(
      expect.objectContaining({
        method: 'GET',
        route: '/graphql',
        clientAddress: '127.0.0.1',
        durationMs: expect.any(Number),
      }),
    )
    expect(lines()).toContainEqual(expect.objectContaining({ route: 'none', status: 404 }))
  })

  test('has what a client calls its request beside what it is called here, as long as that is no token', async () => {
    const { app, lines } = await start()
    const asked = ['trace-0001', 'x'.repeat(37), 'eyJhbGci.e30.c2ln']
    for (const id of asked) await app.inject({ url: '/nowhere', headers: { 'x-request-id': id } })
    expect(lines().map(({ sentRequestId }) => sentRequestId)).toEqual(['trace-0001', undefined, undefined])
    for (const { requestId } of lines()) expect(asked).not.toContain(requestId)
  })

  test('says once that a proxy is not believed, and nothing where proxies are named', async () => {
    const said = async (trustedProxies: readonly string[]) => {
      const { app, lines } = await start({ http: { trustedProxies } })
      for (const address of ['192.0.2.1', '192.0.2.2'])
        await app.inject({ url: '/healthz', headers: { 'x-forwarded-for': address } })
      return lines().filter(({ level }) => level === 'warn')
    }
    expect(await said([])).toEqual([
      expect.objectContaining({ peer: '127.0.0.1', msg: expect.stringContaining('TRUSTED_PROXIES') }),
    ])
    expect(await said(['10.0.0.0/8'])).toEqual([])
  })

  test('is quiet about probes that go well', async () => {
    const { app, lines } = await start({ http: { checkReady: async () => ['database'] } })
    for (const url of ['/healthz', '/readyz', '/metrics']) await app.inject({ url })
    expect(lines().map(({ level, route }) => [level, route])).toEqual([
      ['debug', '/healthz'],
      ['info', '/readyz'],
      ['debug', '/metrics'],
    ])
  })

  test('keeps bytes that are no HTTP out, at every level', async () => {
    const { listenAnywhere, text: logged } = await start()
    const { port } = new URL(await listenAnywhere())
    const answer = await text(
      connect(Number(port), '127.0.0.1', function (this: ReturnType<typeof connect>) {
        this.write('GET / HTTP/1.1\r\nAuthorization hunter2-hunter2\r\n\r\n')
      }),
    )
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(logged()).not.toContain('hunter2')
  })
})

describe('metrics', () => {
  test('count requests by route pattern, and what the client wrote is no label', async () => {
    const { app } = await start()
    await app.inject({ url: '/graphql?query={hello}' })
    for (const path of ['a', 'b', 'c']) await app.inject({ url: `/unknown/${path}` })
    const { body, headers } = await app.inject({ url: '/metrics' })
    expect(headers['content-type']).toContain('text/plain')
    expect(body).toContain('http_requests_total{method="GET",route="none",status="404"} 3')
    expect(body).toContain('http_requests_total{method="GET",route="/graphql",status="400"} 1')
    expect(body).toContain('http_request_duration_seconds_count{route="/graphql"} 1')
    expect(body).toContain('nodejs_eventloop_lag_seconds')
    expect(body).not.toContain('unknown/')
  })

  test('are for those who show the token, where there is one', async () => {
    const { app } = await start({ http: { metricsToken: 'sixteen characters' } })
    const ask = async (headers: Record<string, string>) => {
      const { statusCode, body } = await app.inject({ url: '/metrics', headers })
      return [statusCode, body.includes('http_requests_total')]
    }
    expect(await ask({})).toEqual([401, false])
    expect(await ask({ authorization: 'Bearer sixteen character' })).toEqual([401, false])
    expect(await ask({ authorization: 'Bearer sixteen characters' })).toEqual([200, true])
  })
})

describe('a client that goes away', () => {
  const asGet = { method: 'GET', path: '/graphql?query={hello}' }
  const asPost = { method: 'POST', path: '/graphql', body: JSON.stringify({ query: '{ hello }' }) }

  test.each([asGet, asPost])('fires the signal of its request ($method)', async ({ path, ...request }) => {
    const started = deferred<void>()
    const aborted = deferred<string>()
    const { listenAnywhere } = await start({
      resolvers: {
        Query: {
          hello: (_, __, { signal }) => {
            signal.addEventListener('abort', () => aborted.resolve('aborted'))
            started.resolve()
            return aborted.promise
          },
        },
      },
    })
    const client = new AbortController()
    const answer = fetch(`${await listenAnywhere()}${path}`, {
      ...request,
      headers: { 'apollo-require-preflight': '1', 'content-type': 'application/json' },
      signal: client.signal,
    })
    await started.promise
    client.abort()
    await expect(answer).rejects.toThrow()
    await expect(aborted.promise).resolves.toBe('aborted')
  })

  test.each([asGet, asPost])('and one that waits does not ($method)', async ({ path, ...request }) => {
    const started = deferred<AbortSignal>()
    const asked = deferred<void>()
    const { listenAnywhere } = await start({
      resolvers: {
        Query: {
          hello: async (_, __, { signal }) => {
            started.resolve(signal)
            await asked.promise
            return signal.aborted ? 'gone' : 'there'
          },
        },
      },
    })
    const url = await listenAnywhere()
    const headers = { 'apollo-require-preflight': '1', 'content-type': 'application/json' }
    const answer = fetch(`${url}${path}`, { ...request, headers })
    const signal = await started.promise
    await fetch(`${url}/healthz`)
    asked.resolve()
    expect(await (await answer).json()).toEqual({ data: { hello: 'there' } })
    await fetch(`${url}/healthz`)
    expect(signal.aborted).toBe(false)
  })

  test('leaves its line in the log all the same, with what it has done', async () => {
    const started = deferred<AbortSignal>()
    const { listenAnywhere, lines } = await start({
      resolvers: {
        Query: {
          hello: async (_, __, { signal }) => {
            started.resolve(signal)
            await once(signal, 'abort')
            return 'world'
          },
        },
      },
    })
    const client = new AbortController()
    const answer = fetch(`${await listenAnywhere()}/graphql?query=query Quick {hello}`, {
      headers: { 'apollo-require-preflight': '1' },
      signal: client.signal,
    })
    await started.promise
    client.abort()
    await expect(answer).rejects.toThrow()
    await vi.waitFor(
      () =>
        expect(lines().filter(({ msg }) => msg === 'request')).toMatchObject([
          { route: '/graphql', operation: 'Quick', client: 'gone' },
        ]),
      { timeout: 20_000 },
    )
  })
})

describe('a slow client', () => {
  test('is cut off when its request does not arrive in time', async () => {
    const { listenAnywhere } = await start({ http: { requestTimeoutMs: 200 } })
    const { port } = new URL(await listenAnywhere())
    const socket = connect(Number(port), '127.0.0.1', () =>
      socket.write('POST /graphql HTTP/1.1\r\nHost: x\r\nX-Slow: '),
    )
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 408 /)
  })
})

/** A server whose `hello` waits until the test lets it go. */
async function startBusy(http: TinyServerOptions['http'] = {}) {
  const running = deferred<void>()
  const release = deferred<string>()
  const server = await start({
    http,
    resolvers: {
      Query: {
        hello: () => {
          running.resolve()
          return release.promise
        },
      },
    },
  })
  const url = await server.listenAnywhere()
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    const headers = { 'content-type': 'application/json', connection: 'keep-alive' }
    httpRequest(`${url}/graphql`, { method: 'POST', headers }, resolve)
      .on('error', reject)
      .end('{"query": "{ hello }"}')
  })
  await running.promise
  return { ...server, url, answer, release }
}

describe('a stop', () => {
  test('finishes what runs, takes nothing new, and does not wait for idle connections', async () => {
    const { stop, url, answer, release } = await startBusy()
    await fetch(`${url}/healthz`)
    const startedAt = performance.now()
    const stopped = stop()
    await expect(fetch(`${url}/healthz`)).rejects.toThrow()
    release.resolve('finished')
    expect(await text(await answer)).toContain('finished')
    await stopped
    expect(performance.now() - startedAt).toBeLessThan(2000)
  })

  test('cuts what does not finish in time', async () => {
    const { stop, answer, release } = await startBusy({ shutdownTimeoutMs: 100 })
    const failed = expect(answer).rejects.toThrow(/hang up|ECONNRESET/)
    await stop()
    await failed
    release.resolve('too late')
  })

  test('cuts upgraded connections too, which would stay open for ever', async () => {
    const { stop, app, listenAnywhere } = await start({ http: { shutdownTimeoutMs: 100 } })
    app.server.on('upgrade', (_, socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n'))
    const { port } = new URL(await listenAnywhere())
    const socket = connect(Number(port), '127.0.0.1', () =>
      socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'),
    )
    const upgraded = once(socket, 'data')
    const ended = once(socket, 'close')
    await upgraded
    await stop()
    await ended
  })

  test('asked for twice is one stop', async () => {
    const { stop } = await start()
    expect(stop()).toBe(stop())
  })
})
