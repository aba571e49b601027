import { afterEach, expect, test } from 'vitest'
import { createTinyServer } from '../../support/tiny-server.js'

let close = async () => {}
afterEach(() => close())

/** A server whose login fails as drivers do: with what it was given in every text. */
async function startFailing(textOf: (password: string) => string) {
  const server = await createTinyServer({
    http: { bodyLimitBytes: 1_000_000 },
    typeDefs: `
      input Login { email: String! passwords: [String!]! }
      type Query { hello: String }
      type Mutation { login(password: String, input: Login): String }`,
    resolvers: {
      Mutation: {
        login: (_, { password, input }) => {
          const text = textOf(password ?? input.passwords[0])
          throw new Error(`query failed: ${text}`, { cause: new Error(`inner: ${text}`, { cause: text }) })
        },
      },
    },
  })
  close = server.close
  return server
}

const password = 'Corr3ct "horse" (b.ttery)'

test('a password in a variable stays out of the log, whoever quotes it', async () => {
  const { post, text } = await startFailing(
    (given) => `invalid input syntax: ${given}, lower ${given.toLowerCase()}`,
  )
  await post('mutation ($p: String) { login(password: $p) }', { variables: { p: password } })
  expect(text()).toContain('query failed: invalid input syntax: [input], lower [input]')
  expect(text()).toContain('inner: invalid input syntax: [input]')
  expect(text().toLowerCase()).not.toContain('horse')
})

test('a password deep in a variable, or quoted as JSON, stays out of the log', async () => {
  const { post, text } = await startFailing((given) => JSON.stringify({ input: given }))
  const input = { email: 'a@b.example', passwords: [password] }
  await post('mutation ($input: Login) { login(input: $input) }', { variables: { input } })
  expect(text()).toContain('query failed')
  expect(text()).not.toContain('horse')
})

test('a password in the document stays out of the log', async () => {
  const { post, text } = await startFailing((given) => given)
  await post(`mutation { login(password: ${JSON.stringify(password)}) }`)
  expect(text()).toContain('query failed: [input]')
  expect(text()).not.toContain('horse')
})

test('a flood of inputs withholds the text instead of searching it', async () => {
  const { post, text } = await startFailing((given) => given)
  const passwords = [password, ...Array.from({ length: 1100 }, (_, index) => `i${index}`.padEnd(4, 'x'))]
  await post('mutation ($input: Login) { login(input: $input) }', {
    variables: { input: { email: 'x', passwords } },
  })
  expect(text()).toContain('[withheld]')
  expect(text()).not.toContain('horse')
})

test('variables that are nested as deep as they can be do not keep a fault out of the log', async () => {
  const { app, text } = await startFailing(() => 'broken')
  const junk = '['.repeat(90_000) + ']'.repeat(90_000)
  const payload = `{"query": "mutation { login(password: \\"x\\") }", "variables": {"junk": ${junk}}}`
  await app.inject({
    method: 'POST',
    url: '/graphql',
    headers: { 'content-type': 'application/json' },
    payload,
  })
  expect(text()).toContain('query failed: broken')
})

test('the cause keeps its name, code and place', async () => {
  class QueryFailed extends Error {
    override name = 'QueryFailed'
    code = '23505'
  }
  const {
    post,
    lines,
    close: stop,
  } = await createTinyServer({
    resolvers: {
      Query: {
        hello: () => {
          throw new QueryFailed('duplicate key')
        },
      },
    },
  })
  await post('{ hello }')
  await stop()
  expect(lines()).toContainEqual(
    expect.objectContaining({
      path: 'hello',
      err: expect.objectContaining({
        type: 'QueryFailed',
        code: '23505',
        message: 'duplicate key',
        stack: expect.stringContaining('fault-log.test.ts'),
      }),
    }),
  )
})
