import { graphqlSync, parse, printSchema, Source } from 'graphql'
import { describe, expect, test } from 'vitest'
import { createSchema } from '../../src/graphql/schema.js'
import type { SchemaOptions } from '../../src/graphql/schema.js'

const sdl = (name: string, text: string) => parse(new Source(text, `schema/${name}.graphql`))
const authorization: SchemaOptions['authorization'] = {
  typeDefs: 'directive @public on OBJECT | FIELD_DEFINITION',
  protect: (schema) => schema,
}
const users = sdl(
  'users',
  'scalar DateTime type User { id: ID! born(after: DateTime): DateTime } type Query { me: User }',
)

describe('the schema', () => {
  test('is made of all domains, with their resolvers and dates', () => {
    const schema = createSchema({
      typeDefs: [users, sdl('roles', 'extend type Query { roles: [String!]! }')],
      resolvers: [
        { Query: { me: () => ({ id: 'alice' }) }, User: { born: (_, { after }) => after } },
        { Query: { roles: () => ['admin'] } },
      ],
      authorization,
    })
    const source = '{ roles me { id born(after: "2026-01-31T10:30:00+01:00") } }'
    expect(graphqlSync({ schema, source })).toEqual({
      data: { roles: ['admin'], me: { id: 'alice', born: '2026-01-31T09:30:00.000Z' } },
    })
  })

  test('is what protection made of it', () => {
    const other = createSchema({
      typeDefs: [sdl('x', 'type Query { x: Int }')],
      resolvers: [],
      authorization,
    })
    const schema = createSchema({
      typeDefs: [users],
      resolvers: [],
      authorization: { ...authorization, protect: () => other },
    })
    expect(printSchema(schema)).toContain('x: Int')
  })

  test('keeps for each type, field and extension the file it stands in', () => {
    const schema = createSchema({
      typeDefs: [users, sdl('roles', 'extend type User { roles: [String!] }')],
      resolvers: [],
      authorization,
    })
    const fields = schema.getQueryType() && Object(schema.getType('User')).getFields()
    expect(fields.id.astNode.loc.source.name).toBe('schema/users.graphql')
    expect(fields.roles.astNode.loc.source.name).toBe('schema/roles.graphql')
  })

  test.each([
    ['a type that two domains define', [sdl('again', 'type User { name: String }')], [], /"User"/],
    ['a directive that nobody knows', [sdl('typo', 'type X { y: Int @pubic }')], [], /pubic/],
    ['a resolver without a field', [], [{ User: { nickname: () => 'al' } }], /User\.nickname/],
    ['a resolver without a type', [], [{ Usr: { name: () => 'al' } }], /Usr/],
  ])('is refused with %s', (_, typeDefs, resolvers, message) => {
    expect(() => createSchema({ typeDefs: [users, ...typeDefs], resolvers, authorization })).toThrow(message)
  })
})
