import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTinyServer } from '../../support/tiny-server.js'

let server: Awaited<ReturnType<typeof createTinyServer>>
beforeAll(async () => {
  server = await createTinyServer({
    typeDefs:
      'input Deep { text: String deep: [Deep!] } type Query { hello(text: String, deep: Deep): String }',
    resolvers: { Query: { hello: () => 'resolved' } },
  })
})
afterAll(() => server.close())

const refusal = { errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] }
const query = 'query ($text: String, $deep: Deep) { hello(text: $text, deep: $deep) }'

test.each([
  ['a variable', query, { text: 'a\u0000b' }],
  ['a variable, deep down', query, { deep: { deep: [{ deep: [{ text: '\u0000' }] }] } }],
  ['a literal', '{ hello(text: "a\\u0000b") }', {}],
  ['a literal in braces', '{ hello(text: "a\\u{00}b") }', {}],
])('U+0000 in %s is refused before anything runs', async (_where, document, variables) => {
  const answer = await server.post(document, { variables })
  expect(answer.body).toMatchObject(refusal)
  expect(answer.status).toBe(400)
})

test('every other character passes', async () => {
  const answer = await server.post(query, { variables: { text: '\u0001 \\u0000 \u{1F600}' } })
  expect(answer.body).toEqual({ data: { hello: 'resolved' } })
})
