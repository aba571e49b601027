import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { textFault } from '../../../src/graphql/plugins/storable-text.js'
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
  ['a literal, as itself', '{ hello(text: "a\u0000b") }', {}],
  ['a block of text, as itself', '{ hello(text: """a\u0000b""") }', {}],
])('U+0000 in %s is refused before anything runs', async (_where, document, variables) => {
  const answer = await server.post(document, { variables })
  expect(answer.body).toMatchObject(refusal)
  expect(answer.body.errors[0].message).toContain('U+0000')
  expect(answer.status).toBe(400)
})

test.each([
  ['a first half', 'a\ud800b'],
  ['a second half', 'a\udc00b'],
  ['both in the wrong order', '\udc00\ud800'],
])('text that is not Unicode is refused, which would come back as other text: %s', async (_what, text) => {
  for (const variables of [{ text }, { deep: { deep: [{ text }] } }]) {
    const answer = await server.post(query, { variables })
    expect(answer.body).toMatchObject(refusal)
    expect(answer.body.errors[0].message).toContain('surrogate')
    expect(answer.status).toBe(400)
  }
})

test.each([
  ['as itself', '{ hello(text: "a\ud800b") }'],
  ['escaped', '{ hello(text: "a\\ud800b") }'],
])('in a literal such text is no GraphQL: %s', async (_how, document) => {
  const answer = await server.post(document)
  expect(answer.body).toMatchObject({ errors: [{ extensions: { code: 'GRAPHQL_PARSE_FAILED' } }] })
  expect(answer.status).toBe(400)
})

test('every other character passes', async () => {
  const answer = await server.post(query, { variables: { text: '\u0001 \\u0000 \u{1F600} \uFFFF' } })
  expect(answer.body).toEqual({ data: { hello: 'resolved' } })
})

test('what a client nests as deep as it likes is looked through', () => {
  const nest = (text: string) => Array.from({ length: 100_000 }).reduce((inner) => [{ inner }], text)
  expect(textFault(nest('fine'))).toBeNull()
  expect(textFault(nest('\u0000'))).toContain('U+0000')
})

test('the walk finds what a search in all of the JSON finds', () => {
  const characters = fc.constantFrom('\u0000', '\ud800', '\udc00', '\u{1F600}', 'a', '__proto__', '0')
  const text = fc.array(characters, { maxLength: 3 }).map((parts) => parts.join(''))
  const values = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null)),
      fc.array(tie('value')),
      fc.dictionary(text, tie('value')),
    ),
  }))
  fc.assert(
    fc.property(fc.dictionary(text, values.value), (variables) => {
      // Well-formed JSON.stringify (ECMA-262 25.5.2.3): these are escaped, and nothing else is.
      const isUnfit = /\\u(?:0000|d8|dc)/.test(JSON.stringify(variables))
      expect(textFault(variables) !== null).toBe(isUnfit)
    }),
    { seed: 1, numRuns: 500 },
  )
})
