import { setImmediate as nextTurn } from 'node:timers/promises'
import { GraphQLError } from 'graphql'
import { afterEach, describe, expect, test } from 'vitest'
import { AppError } from '../../src/errors.js'
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

const failing = (thrown: unknown): TinyServerOptions => ({
  typeDefs: 'type Query { hello(text: String): String other: String }',
  resolvers: {
    Query: {
      hello: () => {
        throw thrown
      },
      other: () => 'fine',
    },
  },
})

const firstError = (body: { errors: unknown[] }) => body.errors[0]
const constantFault = {
  message: 'Something went wrong on our side.',
  path: ['hello'],
  locations: [{ line: 1, column: 3 }],
  extensions: { code: 'INTERNAL' },
}

describe('an answer', () => {
  test('to a persisted query with the hash of another is a bad request, and no fault of ours', async () => {
    const { app, lines } = await start()
    const extensions = { persistedQuery: { version: 1, sha256Hash: '0'.repeat(64) } }
    const response = await app.inject({
      method: 'POST',
      url: '/graphql',
      payload: { query: '{ hello }', extensions },
    })
    expect(response.statusCode).toBe(400)
    expect(firstError(response.json())).toMatchObject({ extensions: { code: 'BAD_REQUEST' } })
    expect(lines().filter(({ level }) => level === 'error')).toEqual([])
  })

  test('has the data, and no extensions of Apollo', async () => {
    const { post } = await start()
    expect(await post('{ hello }')).toMatchObject({ status: 200, body: { data: { hello: 'world' } } })
  })

  test('of a refusal has its code and details, beside the data that was allowed', async () => {
    const refusal = new AppError('BAD_USER_INPUT', {
      message: 'Too short.',
      details: { field: 'text', code: 'FORGED' },
    })
    const { post } = await start(failing(refusal))
    const { status, body } = await post('{ hello other }')
    expect(status).toBe(200)
    expect(body.data).toEqual({ hello: null, other: 'fine' })
    expect(firstError(body)).toEqual({
      ...constantFault,
      message: 'Too short.',
      extensions: { code: 'BAD_USER_INPUT', field: 'text' },
    })
  })

  test('that a limit refuses says when to come back', async () => {
    const { post } = await start(failing(new AppError('RATE_LIMITED', { details: { retryAfterSeconds: 7 } })))
    const { headers, body } = await post('{ hello }')
    expect(headers['retry-after']).toBe('7')
    expect(firstError(body)).toMatchObject({ extensions: { code: 'RATE_LIMITED', retryAfterSeconds: 7 } })
  })

  test.each<[string, unknown]>([
    ['an error', new Error('secret detail')],
    [
      'an error that pretends to have a code',
      Object.assign(new Error('secret'), { extensions: { code: 'FORBIDDEN' } }),
    ],
    ['a GraphQL error that nobody gave a code', new GraphQLError('secret detail')],
    [
      'a GraphQL error round a driver error',
      new GraphQLError('x', { originalError: new Error('secret detail') }),
    ],
    ['a text', 'secret detail'],
    ['nothing', undefined],
    ['an object', { secret: 'detail' }],
    ['a refusal that is a fault', new AppError('INTERNAL', { cause: new Error('secret detail') })],
  ])('shows nothing of what is unexpected: %s', async (_, thrown) => {
    const { post, lines } = await start(failing(thrown))
    const { status, body, headers } = await post('{ hello }')
    expect(status).toBe(200)
    expect(firstError(body)).toEqual(constantFault)
    const faults = lines().filter(({ msg }) => msg === 'operation failed')
    expect(faults).toEqual([
      expect.objectContaining({ level: 'error', requestId: headers['x-request-id'], path: 'hello' }),
    ])
  })

  test('shows an error to which its thrower gave a code', async () => {
    const { post, lines } = await start(
      failing(new GraphQLError('Out of stock.', { extensions: { code: 'SOLD_OUT' } })),
    )
    expect(firstError((await post('{ hello }')).body)).toMatchObject({
      message: 'Out of stock.',
      extensions: { code: 'SOLD_OUT' },
    })
    expect(lines().filter(({ level }) => level === 'error')).toEqual([])
  })

  test('is a fault when a resolver breaks the schema', async () => {
    const { post } = await start({
      typeDefs: 'type Query { hello: String! number: Int }',
      resolvers: { Query: { hello: () => null, number: () => 'secret word' } },
    })
    const { body } = await post('{ hello }')
    expect(firstError(body)).toEqual(constantFault)
    expect(firstError((await post('{ number }')).body)).toMatchObject({ extensions: { code: 'INTERNAL' } })
  })
})

describe('a document that cannot be run', () => {
  const schema: TinyServerOptions = {
    typeDefs: `
      type Query { hello(text: String! = "x", size: Int): String }
      type Subscription { ticks: Int }`,
    resolvers: { Query: { hello: (_, { text }) => text }, Subscription: { ticks: { subscribe: () => [] } } },
  }

  const aliases = Array.from({ length: 332 }, (_, at) => `a${at}: hello`)
  const thousandTokens = `query A { ${aliases.join(' ')} }`

  test.each([
    ['does not parse', '{ hello', {}, 'GRAPHQL_PARSE_FAILED'],
    ['does not fit the schema', '{ helo }', {}, 'GRAPHQL_VALIDATION_FAILED'],
    ['has too many tokens', thousandTokens.replace('}', 'hello }'), {}, 'GRAPHQL_PARSE_FAILED'],
    ['has a variable of another type', 'query ($n: Int) { hello(size: $n) }', { n: 'x' }, 'BAD_USER_INPUT'],
    ['lacks a variable', 'query ($t: String!) { hello(text: $t) }', {}, 'BAD_USER_INPUT'],
    ['is a subscription', 'subscription { ticks }', {}, 'BAD_REQUEST'],
  ])('is refused with 400 when it %s', async (_, query, variables, code) => {
    const { post } = await start(schema)
    const { status, body } = await post(query, { variables })
    expect(status).toBe(400)
    expect(body).not.toHaveProperty('data')
    expect(firstError(body)).toMatchObject({ extensions: { code } })
    expect(JSON.stringify(body)).not.toContain('stacktrace')
  })

  test('because of its length alone is one of more than a thousand tokens', async () => {
    const { post } = await start(schema)
    expect(await post(thousandTokens)).toMatchObject({ status: 200, body: { data: { a331: 'x' } } })
  })

  test('because its fragments multiply is refused before they have', async () => {
    const { post } = await start(schema)
    const doubling = Array.from(
      { length: 30 },
      (_, i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`,
    )
    const { status, body } = await post(`{ ...F0 } ${doubling.join(' ')} fragment F30 on Query { hello }`)
    expect(status).toBe(400)
    expect(firstError(body)).toMatchObject({ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } })
  })

  test('because null reaches an argument that has none is bad input', async () => {
    const { post } = await start(schema)
    const query = 'query ($t: String = "x") { hello(text: $t) }'
    const { body } = await post(query, { variables: { t: null } })
    expect(firstError(body)).toMatchObject({ path: ['hello'], extensions: { code: 'BAD_USER_INPUT' } })
  })

  test('because it does not say which operation is refused', async () => {
    const { post } = await start(schema)
    const { status, body } = await post('query A { hello } query B { hello }')
    expect(status).toBe(400)
    expect(firstError(body)).toMatchObject({ extensions: { code: 'OPERATION_RESOLUTION_FAILURE' } })
  })
})

const get = async (query: string, headers: Record<string, string> = { 'apollo-require-preflight': '1' }) => {
  const { app } = await start({
    typeDefs: 'type Query { hello: String } type Mutation { change: String }',
    resolvers: { Query: { hello: () => 'world' }, Mutation: { change: () => 'changed' } },
  })
  return app.inject({ url: `/graphql?query=${encodeURIComponent(query)}`, headers })
}

describe('GET', () => {
  test('runs a query', async () => {
    expect((await get('{ hello }')).json()).toEqual({ data: { hello: 'world' } })
  })

  test('runs no mutation', async () => {
    const response = await get('mutation { change }')
    expect(response.statusCode).toBe(405)
    expect(response.headers['allow']).toBe('POST')
  })

  test('runs nothing that a foreign page could send without being asked first', async () => {
    const response = await get('{ hello }', {})
    expect(response.statusCode).toBe(400)
    expect(response.json().errors[0]).toMatchObject({ extensions: { code: 'BAD_REQUEST' } })
  })
})

describe('introspection', () => {
  const query = '{ ...S } fragment S on Query { s: __schema { queryType { name } } }'

  test('is open in development, where validation also suggests', async () => {
    const { post } = await start()
    expect(await post(query)).toMatchObject({ status: 200 })
    expect(JSON.stringify((await post('{ helo }')).body)).toContain('Did you mean')
  })

  test('that is off answers nobody, suggests nothing and names no product', async () => {
    const { post } = await start({ graphql: { introspection: 'off' } })
    const { status, body } = await post(query)
    expect(status).toBe(400)
    expect(JSON.stringify(body)).not.toMatch(/apollo/i)
    expect(JSON.stringify((await post('{ helo }')).body)).not.toContain('Did you mean')
    expect(await post('{ __typename hello }')).toMatchObject({ status: 200 })
  })
})

describe('the landing page', () => {
  const browser = { url: '/graphql', headers: { accept: 'text/html' } }

  test('of development is Apollo Sandbox, under a policy of its own', async () => {
    const { app } = await start({ graphql: { landingPage: 'sandbox' } })
    const response = await app.inject(browser)
    expect(response.headers['content-type']).toContain('text/html')
    expect(response.headers['content-security-policy']).toBe("frame-ancestors 'none'")
    expect(response.body).toContain('EmbeddedSandbox')
  })

  test('is none in production', async () => {
    const { app } = await start()
    expect((await app.inject(browser)).headers['content-type']).toContain('application/json')
  })
})

describe('the context', () => {
  const echo: TinyServerOptions = {
    typeDefs: 'type Query { mode: String agent: String id: String aborted: Boolean }',
    resolvers: {
      Query: {
        mode: (_, __, { mode }) => mode,
        agent: (_, __, { userAgent }) => userAgent,
        id: (_, __, { requestId }) => requestId,
        aborted: async (_, __, { signal }) => {
          await nextTurn()
          await nextTurn()
          return signal.aborted
        },
      },
    },
  }

  test('tells resolvers the request id, the user agent, and that the client is there', async () => {
    const { post } = await start(echo)
    const { body, headers } = await post('{ id agent aborted mode }', {
      headers: { 'user-agent': 'test/1' },
    })
    expect(body.data).toEqual({ id: headers['x-request-id'], agent: 'test/1', aborted: false, mode: null })
  })

  test.each(['partial', 'reject'])('takes the mode %s from the client', async (mode) => {
    const { post } = await start(echo)
    expect((await post('{ mode }', { headers: { 'authorization-mode': mode } })).body.data).toEqual({ mode })
  })

  test.each(['observe', 'PARTIAL', ''])('takes no other mode: %j', async (mode) => {
    const { post } = await start(echo)
    expect(await post('{ mode }', { headers: { 'authorization-mode': mode } })).toMatchObject({
      status: 400,
      body: { errors: [{ extensions: { code: 'BAD_REQUEST' } }] },
    })
  })

  test.each([
    ['throws', () => Promise.reject(new Error('secret detail'))],
    [
      'throws at once',
      () => {
        throw new Error('secret detail')
      },
    ],
  ])('is unavailable, and nobody is taken for anonymous, when authentication %s', async (_, authenticate) => {
    const { post, lines } = await start({ authenticate })
    const { status, body, headers } = await post('{ hello }')
    expect(status).toBe(503)
    expect(body).toEqual({ errors: [{ message: constantFault.message, extensions: { code: 'INTERNAL' } }] })
    expect(lines()).toContainEqual(
      expect.objectContaining({
        level: 'error',
        requestId: headers['x-request-id'],
        msg: 'authentication failed',
      }),
    )
    expect(JSON.stringify(lines())).toContain('secret detail')
  })

  test('says when to come back when an authenticator limits the caller', async () => {
    const limited = new AppError('RATE_LIMITED', { details: { retryAfterSeconds: 3 } })
    const { post } = await start({ authenticate: () => Promise.reject(limited) })
    const { status, headers, body } = await post('{ hello }')
    expect(status).toBe(429)
    expect(headers['retry-after']).toBe('3')
    expect(firstError(body)).toMatchObject({ extensions: { code: 'RATE_LIMITED', retryAfterSeconds: 3 } })
  })
})
