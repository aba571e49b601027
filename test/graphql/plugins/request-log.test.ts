import { afterAll, beforeAll, expect, test } from 'vitest'
import { AppError } from '../../../src/errors.js'
import { createTinyServer } from '../../support/tiny-server.js'

let server: Awaited<ReturnType<typeof createTinyServer>>
beforeAll(async () => {
  server = await createTinyServer({
    http: { trustedProxies: ['127.0.0.1'] }, // the ids are the test's
    authenticate: ({ headers }) =>
      headers.authorization === undefined
        ? null
        : { id: 'alice', scopes: [], sessionId: null, clientId: 'web', expiresAt: new Date('2030-01-01') },
    typeDefs: 'type Query { hello(text: String): String refused: String }',
    resolvers: {
      Query: {
        hello: (_, { text }) => text,
        refused: () => {
          throw new AppError('NOT_FOUND')
        },
      },
    },
  })
})
afterAll(() => server.close())

const linesOf = (requestId: string) =>
  server.lines().filter((line) => line['msg'] === 'request' && line['requestId'] === requestId)

test('a request and its operation are one line: name, kind, caller and duration, never variables or results', async () => {
  await server.post('query Greet($t: String) { hello(text: $t) }', {
    variables: { t: 'hunter2-hunter2' },
    headers: { 'x-request-id': 'request-1', authorization: 'x' },
  })
  expect(linesOf('request-1')).toEqual([
    {
      level: 'info',
      time: expect.any(String),
      requestId: 'request-1',
      method: 'POST',
      route: '/graphql',
      status: 200,
      durationMs: expect.any(Number),
      clientAddress: '127.0.0.1',
      operation: 'Greet',
      kind: 'query',
      callerId: 'alice',
      operationMs: expect.any(Number),
      msg: 'request',
    },
  ])
  expect(server.text()).not.toContain('hunter2')
})

test('error codes are listed, each once', async () => {
  await server.post('{ refused again: refused }', { headers: { 'x-request-id': 'request-2' } })
  expect(linesOf('request-2')).toMatchObject([{ operation: null, callerId: null, codes: ['NOT_FOUND'] }])
})

test('a document that cannot be run is logged too, without its text', async () => {
  await server.post('query Secret { hunter2hunter2 }', { headers: { 'x-request-id': 'request-3' } })
  expect(linesOf('request-3')).toMatchObject([{ kind: null, codes: ['GRAPHQL_VALIDATION_FAILED'] }])
  expect(server.text()).not.toContain('hunter2')
})

test('a name is cut before it fills the log', async () => {
  await server.post(`query ${'N'.repeat(5000)} { hello }`, { headers: { 'x-request-id': 'request-4' } })
  expect(linesOf('request-4')).toMatchObject([{ operation: 'N'.repeat(64) }])
})
