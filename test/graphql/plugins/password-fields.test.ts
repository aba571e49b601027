import { buildSchema, parse, specifiedRules, validate } from 'graphql'
import { describe, expect, test } from 'vitest'
import { onePasswordField } from '../../../src/graphql/plugins/password-fields.js'

const schema = buildSchema(`
  type Query { me: String login: String }
  type Mutation { login(password: String): String register(password: String): String logout: String }
`)
const rules = [...specifiedRules, onePasswordField(['Mutation.login', 'Mutation.register'])]
const codesOf = (document: string) =>
  validate(schema, parse(document), rules).map(({ extensions }) => extensions['code'])

describe('one password an operation', () => {
  test.each([
    ['one login', 'mutation { login logout }'],
    ['one in a fragment that is spread once', 'mutation { ...L } fragment L on Mutation { login }'],
    ['one in each of two operations', 'mutation A { login } mutation B { register }'],
    ['a field of the same name on another type', '{ login again: login }'],
  ])('is allowed: %s', (_, document) => {
    expect(codesOf(document)).toEqual([])
  })

  test.each([
    ['two aliases', 'mutation { a: login b: login }'],
    ['two fields', 'mutation { login register }'],
    ['a hundred aliases', `mutation { ${Array.from({ length: 100 }, (_, i) => `a${i}: login`).join(' ')} }`],
    ['a fragment that is spread twice', 'mutation { ...L ...L } fragment L on Mutation { login }'],
    ['inline fragments', 'mutation { login ... on Mutation { register } }'],
    [
      'a fragment in a fragment',
      'mutation { ...A login } fragment A on Mutation { ...B } fragment B on Mutation { x: login }',
    ],
    ['one behind @include', 'mutation ($x: Boolean!) { login b: login @include(if: $x) }'],
    ['one behind @skip', 'mutation { login b: login @skip(if: true) }'],
    ['one operation of two', 'mutation A { login } mutation B { a: login b: login }'],
  ])('refuses %s', (_, document) => {
    expect(codesOf(document)).toEqual(['BAD_USER_INPUT'])
  })

  test('is counted in no time through fragments that double each other', () => {
    const doubling = Array.from(
      { length: 60 },
      (_, i) => `fragment F${i} on Mutation { ...F${i + 1} ...F${i + 1} }`,
    )
    const document = parse(`mutation { ...F0 } ${doubling.join(' ')} fragment F60 on Mutation { login }`)
    const startedAt = performance.now()
    expect(validate(schema, document, [onePasswordField(['Mutation.login'])])).toHaveLength(1)
    expect(performance.now() - startedAt).toBeLessThan(500)
  })

  test('survives fragments that spread themselves', () => {
    const document = parse('mutation { ...A } fragment A on Mutation { login ...A }')
    expect(() => validate(schema, document, [onePasswordField(['Mutation.login'])])).not.toThrow()
  })
})
