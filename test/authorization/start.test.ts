import { addResolversToSchema, makeExecutableSchema } from '@graphql-tools/schema'
import { mapSchema, MapperKind } from '@graphql-tools/utils'
import {
  buildSchema,
  extendSchema,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
  parse,
  Source,
} from 'graphql'
import { describe, expect, test } from 'vitest'
import { AuthorizationFaults, createAuthorization, type Fault } from '../../src/authorization/index.js'
import { ask, createSubject, holding, scopes, type TestContext } from './doors.js'

type Options = Parameters<typeof createSubject>[2]

/** The faults of a start, as `coordinate: message`. */
function faultsOf(start: () => unknown): readonly Fault[] {
  try {
    start()
  } catch (error) {
    if (error instanceof AuthorizationFaults) return error.faults
    throw error
  }
  return []
}
const messages = (start: () => unknown) =>
  faultsOf(start).map(({ coordinate, message }) => `${coordinate}: ${message}`)
const starting = (sdl: string, options: Options = {}) => messages(() => createSubject(sdl, {}, options))
const query = 'type Query { a: String @public }'

describe('the start is refused', () => {
  test('for each fault of a place, and once for one that is there twice', () => {
    expect(
      starting('type Query { a: String @auth(scopes: ["reed", "reed", "rite"]) @auth(scopes: ["reed"]) }'),
    ).toEqual(['Query.a: unknown scope "reed".', 'Query.a: unknown scope "rite".'])
    expect(
      starting('type Query { a: String @auth(scopes: ["reed"]) b: Int @auth(scopes: ["reed"]) }'),
    ).toEqual(['Query.a: unknown scope "reed".', 'Query.b: unknown scope "reed".'])
  })

  test('by one error that lists each fault on its line', () => {
    const start = () => createSubject('type Query { a: Int b: Int }')
    expect(start).toThrow(AuthorizationFaults)
    expect(start).toThrow(expect.objectContaining({ name: 'AuthorizationFaults' }))
    expect(start).toThrow(
      /\(2\):\n- .*Query\.a: says neither @auth nor @public\. Say who may use it\.\n- .*Query\.b: says neither/,
    )
  })

  test('with what to do about each fault', () => {
    const remedies = (sdl: string) => faultsOf(() => createSubject(sdl)).map(({ remedy }) => remedy)
    expect(remedies('type Query { a: Int @auth @public }')).toEqual(['Keep one of them.'])
    expect(remedies('type User @auth @public { a: Int } type Query { me: User }')).toEqual([
      'Keep one of them.',
    ])
    expect(remedies('type User @auth { a: Int @public } type Query { me: User }')).toEqual([
      'Remove @public, or list "User.a" in `publicUnder`.',
    ])
    expect(remedies('type Query { a: Int }')).toEqual(['Say who may use it.'])
    expect(
      remedies(
        'type Query { a: Int @auth(scopes: [], anyOf: [], policies: [1], reason: null) @auth(anyOf: "x") }',
      ),
    ).toEqual([
      'Leave the argument out instead.',
      'Name what is required, or leave the argument out for any signed-in caller.',
      'Write names in double quotes.',
      'Add a set, or leave it out.',
      'Write [["a", "b"]] for a AND b, [["a"], ["b"]] for a OR b.',
    ])
    expect(remedies('type Query { a: Int @auth(scopes: ["a b", "reed"], policies: ["gone"]) }')).toEqual([
      'Use visible ASCII without spaces, quotes or backslashes.',
      'Register it in `scopes`, or correct the spelling.',
      'Define it in `policies`, or correct the spelling.',
    ])
    expect(remedies('type Query { a: Int @auth(scopes: ["read"], scopes: ["read"]) }')).toEqual([
      'Repeat the directive instead.',
    ])
    expect(remedies('type Query { a: Int @auth(scope: "read") }')).toEqual([
      'Use scopes, anyOf, policies, orPolicies, reason.',
    ])
    expect(remedies('type Query { a: Int @auht @public } enum E @public { A }')).toEqual([
      'Correct the spelling (@auth, @public), or declare the directive in the schema.',
      'Move it to a type or field that it can guard.',
    ])
  })

  test('for each field that nobody has thought about, all at once', () => {
    expect(starting('type Query { a: String b: Thing c: String @public } type Thing { x: Int }')).toEqual([
      'Query.a: says neither @auth nor @public.',
      'Query.b: says neither @auth nor @public.',
      'Thing.x: says neither @auth nor @public.',
    ])
  })

  test.each([
    ['an unknown scope', 'a: String @auth(scopes: ["reed"])', 'unknown scope "reed".'],
    [
      'a scope named like a property of every object',
      'a: String @auth(scopes: ["constructor"])',
      'unknown scope "constructor".',
    ],
    ['an unknown policy', 'a: String @auth(policies: ["toString"])', 'unknown policy "toString".'],
    ['an unknown alternative policy', 'a: String @auth(orPolicies: ["isSefl"])', 'unknown policy "isSefl".'],
    ['an empty set', 'a: String @auth(scopes: [])', '`scopes` has an empty set.'],
    ['an empty inner set', 'a: String @auth(anyOf: [["read"], []])', '`anyOf` has an empty set.'],
    ['no set at all', 'a: String @auth(anyOf: [])', '`anyOf` has no set, so it can never be met.'],
    ['a flat anyOf', 'a: String @auth(anyOf: ["read", "write"])', '`anyOf` is not a list of lists.'],
    ['a half flat anyOf', 'a: String @auth(anyOf: [["read"], "write"])', '`anyOf` is not a list of lists.'],
    ['a bare anyOf', 'a: String @auth(anyOf: "read")', '`anyOf` is not a list of lists.'],
    ['a null', 'a: String @auth(scopes: null)', '`scopes` is null.'],
    [
      'a null in a set',
      'a: String @auth(scopes: ["read", null])',
      '`scopes` holds something that is not a string.',
    ],
    ['a number', 'a: String @auth(scopes: [1])', '`scopes` holds something that is not a string.'],
    ['a blank name', 'a: String @auth(scopes: [" "])', 'the scope " " is blank or malformed.'],
    [
      'two scopes in one string',
      'a: String @auth(scopes: ["read write"])',
      'the scope "read write" is blank or malformed.',
    ],
    ['a misspelt argument', 'a: String @auth(scope: ["read"])', '@auth has no argument `scope`.'],
    [
      'an argument given twice',
      'a: String @auth(scopes: ["read"], scopes: ["write"])',
      '`scopes` is given twice.',
    ],
    ['a misspelt directive', 'a: String @public @atuh(scopes: ["read"])', 'unknown directive @atuh.'],
    ['both directives', 'a: String @public @auth', 'is both @auth and @public.'],
  ])('for %s', (_, field, message) => {
    expect(starting(`type Query { ${field} }`)).toContain(`Query.a: ${message}`)
  })

  test.each([
    ['on a schema', `schema @auth { query: Query } ${query}`, 'schema: @auth means nothing here.'],
    ['on an input, for @public', `input I @public { a: Int } ${query}`, 'I: @public means nothing here.'],
    ['on an enum value, for @public', `enum E { A @public } ${query}`, 'E.A: @public means nothing here.'],
    [
      'on a directive argument',
      `directive @d(a: Int @auth) on FIELD ${query}`,
      '@d(a:): @auth means nothing here.',
    ],
    ['unknown on a union', `union U @oops = Query ${query}`, 'U: unknown directive @oops.'],
    [
      'unknown on an argument',
      'type Query { a(b: Int @oops): String @public }',
      'Query.a(b:): unknown directive @oops.',
    ],
    ['unknown on a scalar', `scalar S @oops ${query}`, 'S: unknown directive @oops.'],
  ])('for a directive %s', (_, sdl, message) => {
    expect(starting(sdl)).toContain(message)
  })

  test.each([
    ['an open field of a guarded type', 'type Query @auth { a: String @public }'],
    [
      'an open field of a guarded interface field',
      'interface I @public { a: String @auth } type Query implements I { a: String @public }',
    ],
    [
      'an open field of an interface behind a guarded one',
      'interface J @auth { a: String } interface I implements J { a: String } type Query implements I & J { a: String @public }',
    ],
  ])('for %s, unless it is listed', (_, sdl) => {
    const message =
      'Query.a: is @public under an @auth type or interface; a narrower place can tighten, never loosen.'
    expect(starting(sdl)).toContain(message)
    expect(starting(sdl, { publicUnder: ['Query.a'] })).toEqual([])
  })

  test('for an open type under a guarded interface, unless it is listed', () => {
    const sdl = `interface I @auth { x: Int } type T implements I @public { x: Int @public } ${query}`
    expect(starting(sdl)).toContain('T: is @public and @auth at once.')
    expect(starting(sdl, { publicUnder: ['T', 'T.x'] })).toEqual([])
  })

  test('for a type that says both of itself, listed or not', () => {
    const sdl = 'type T @auth @public { x: Int } type Query { t: T @public }'
    expect(starting(sdl, { publicUnder: ['T', 'Query.t'] })).toEqual(['T: is @public and @auth at once.'])
  })

  test('for a coordinate that is listed for nothing', () => {
    const listed = { publicUnder: ['Nope.nothing', 'Query.a', 'Query.b'] }
    expect(starting('type Query { a: String @public b: String @auth }', listed)).toEqual([
      'Nope.nothing: is listed in `publicUnder` and not @public.',
      'Query.b: is listed in `publicUnder` and not @public.',
    ])
  })

  test('for a field that the @public of an interface field does not reach', () => {
    expect(starting('interface I { a: String @public } type Query implements I { a: String }')).toEqual([
      'Query.a: says neither @auth nor @public.',
    ])
  })

  test('for a registry that contradicts itself', () => {
    const start = (registry: Parameters<typeof createAuthorization>[0]['scopes']) =>
      messages(() => createAuthorization({ scopes: registry, callerOf: () => null }))
    expect(start({ a: { implies: ['b'] }, b: { implies: ['c'] }, c: { implies: ['a'] } })).toHaveLength(3)
    expect(start({ a: { implies: ['a'] } })).toEqual(['scope "a": implies itself.'])
    expect(start({ a: { implies: ['z'] } })).toEqual(['scope "a": implies the unknown scope "z".'])
    expect(start({ 'a b': {}, '': {} })).toEqual([
      'scope "a b": is blank or malformed.',
      'scope "": is blank or malformed.',
    ])
    expect(start({ a: { implies: ['b', 'c'] }, b: { implies: ['c'] }, c: {} })).toEqual([])
  })

  test('for a definition of @auth with as many arguments as ours, and another', () => {
    const authorization = createAuthorization({ scopes, callerOf: () => null })
    const typeDefs = [authorization.typeDefs.replace('policies: [String!]', 'policy: [String!]'), query]
    expect(messages(() => authorization.protect(makeExecutableSchema({ typeDefs })))).toEqual([
      '@auth: is defined with other arguments than the engine reads.',
    ])
  })

  test('for a definition of @auth that means something else', () => {
    const authorization = createAuthorization({ scopes, callerOf: () => null })
    const sdl = `directive @auth(requires: String) on FIELD_DEFINITION ${query.replace('@public', '@auth')}`
    expect(messages(() => authorization.protect(makeExecutableSchema({ typeDefs: sdl })))).toEqual([
      '@auth: is defined with other arguments than the engine reads.',
    ])
  })

  test('with the file, the line and the remedy', () => {
    const authorization = createAuthorization({ scopes, callerOf: () => null })
    const typeDefs = [
      authorization.typeDefs,
      parse(new Source('type Query {\n  a: String\n}', 'schema/users.graphql')),
    ]
    const start = () => authorization.protect(makeExecutableSchema({ typeDefs }))
    expect(faultsOf(start)).toEqual([
      {
        coordinate: 'Query.a',
        at: 'schema/users.graphql:2',
        message: 'says neither @auth nor @public.',
        remedy: 'Say who may use it.',
      },
    ])
    expect(start).toThrow(
      '- schema/users.graphql:2 Query.a: says neither @auth nor @public. Say who may use it.',
    )
  })
})

describe('rules are read', () => {
  const rule = (sdl: string, coordinate: string, options: Options = {}) =>
    createSubject(sdl, {}, options).authorization.lock().coordinates[coordinate]

  test('from extensions of types, repeated directives and merged definitions, all together', () => {
    const sdl = `
      type Query { a: String @auth(scopes: ["read"]) @auth(scopes: ["email"]) }
      extend type Query @auth(scopes: ["other"])`
    expect(rule(sdl, 'Query.a')).toEqual([[['email']], [['other']], [['read']]])
  })

  test('through interfaces that implement interfaces, on types, fields and arguments', () => {
    const sdl = `
      interface Top @auth(scopes: ["read"]) { a(x: Int @auth(scopes: ["other"])): Int }
      interface Middle implements Top { a(x: Int): Int @auth(scopes: ["write"]) }
      type Leaf implements Middle & Top @auth(scopes: ["email"]) { a(x: Int): Int }
      type Query { leaf: Leaf }`
    expect(rule(sdl, 'Leaf.a')).toEqual([[['email']], [['read']], [['write']]])
    expect(rule(sdl, 'Leaf.a(x:)')).toEqual([[['other']]])
    expect(rule(sdl, 'Query.leaf')).toEqual([[['email']], [['read']]])
  })

  test('with OR only as a list of lists, and alternatives that repeat others left out', () => {
    const sdl = 'type Query { a: String @auth(anyOf: [["read", "write"], ["read"], ["email"]]) }'
    expect(rule(sdl, 'Query.a')).toEqual([[['email'], ['read']]])
  })

  test('with a clause that another one implies left out', () => {
    const sdl = 'type Query @auth(anyOf: [["read"], ["email"]]) { a: String @auth(scopes: ["read"]) }'
    expect(rule(sdl, 'Query.a')).toEqual([[['read']]])
  })

  test('with orPolicies instead of everything else, and alone as the whole rule', () => {
    const policies = { p: { check: () => true }, q: { check: () => true } }
    const sdl = `type Query {
      a: String @auth(scopes: "read", policies: ["q"], orPolicies: ["p"])
      b: String @auth(orPolicies: ["p", "q"], reason: "either")
      c: String @auth }`
    expect(rule(sdl, 'Query.a', { policies })).toEqual([[['read', 'policy q'], ['policy p']]])
    expect(rule(sdl, 'Query.b', { policies })).toEqual([[['policy p'], ['policy q']]])
    expect(rule(sdl, 'Query.c', { policies })).toEqual([])
  })

  test('from schemas written in code', () => {
    const authorization = createAuthorization({ scopes, callerOf: () => null })
    const field = (directives: unknown) => ({ type: GraphQLString, extensions: { directives } })
    const fields = {
      a: field({ auth: { scopes: ['read'], anyOf: undefined } }),
      b: field({ auth: [{ scopes: ['read'] }, { scopes: ['email'] }] }),
      c: field([{ name: 'auth', args: { anyOf: [['read'], ['email']] } }, 'noise']),
      d: field({ public: {} }),
      e: field({ auth: true }),
    }
    authorization.protect(new GraphQLSchema({ query: new GraphQLObjectType({ name: 'Query', fields }) }))
    expect(authorization.lock().coordinates).toEqual({
      'Query.a': [[['read']]],
      'Query.b': [[['email']], [['read']]],
      'Query.c': [[['email'], ['read']]],
      'Query.d': 'public',
      'Query.e': [],
    })
    const flat = { a: field({ auth: { anyOf: ['read', 'email'] } }) }
    const wrong = new GraphQLSchema({ query: new GraphQLObjectType({ name: 'Query', fields: flat }) })
    const another = createAuthorization({ scopes, callerOf: () => null })
    expect(messages(() => another.protect(wrong))).toEqual(['Query.a: `anyOf` is not a list of lists.'])
    const nothing = { a: field({ auth: { scopes: Symbol.iterator } }) }
    expect(() =>
      another.protect(
        new GraphQLSchema({ query: new GraphQLObjectType({ name: 'Query', fields: nothing }) }),
      ),
    ).toThrow()
  })

  test('from Federation directives when asked to, with open fields open as a router has them', () => {
    const sdl = `
      directive @authenticated on FIELD_DEFINITION | OBJECT
      directive @federation__requiresScopes(scopes: [[String!]!]!) on FIELD_DEFINITION
      type Query {
        a: String @authenticated
        b: String @federation__requiresScopes(scopes: [["read", "email"], ["admin"]])
        c: String @deprecated
      }`
    expect(starting(sdl)).toHaveLength(3)
    expect(starting(sdl, { federation: 'strict' })).toEqual(['Query.c: says neither @auth nor @public.'])
    const { authorization } = createSubject(sdl, {}, { federation: 'as-is' })
    expect(authorization.lock().coordinates).toEqual({
      'Query.a': [],
      'Query.b': [[['admin'], ['email', 'read']]],
      'Query.c': 'public',
    })
    const bare = 'type Query { a: String @requiresScopes }'
    expect(starting(bare, { federation: 'as-is' })).toEqual(['Query.a: `scopes` is not a list of lists.'])
  })

  test('from Federation directives by whatever name a @link gives them', () => {
    const sdl = `
      scalar Import
      directive @link(url: String!, as: String, import: [Import]) repeatable on SCHEMA
      directive @loggedIn on FIELD_DEFINITION
      directive @fed__requiresScopes(scopes: [[String!]!]!) on FIELD_DEFINITION
      directive @requiresScopes(scopes: [[String!]!]!) on FIELD_DEFINITION
      schema @link(
        url: "https://specs.apollo.dev/federation/v2.9"
        as: "fed"
        import: [{ name: "@authenticated", as: "@loggedIn" }, { name: "@requiresScopes" }, "Scope", { as: "x" }, 1]
      ) @link(url: "https://example.com/other") { query: Query }
      type Query {
        a: String @loggedIn
        b: String @fed__requiresScopes(scopes: [["read"]])
        c: String @requiresScopes(scopes: [["email"]])
        d: String
      }`
    const { authorization } = createSubject(sdl, {}, { federation: 'as-is' })
    expect(authorization.lock().coordinates).toMatchObject({
      'Query.a': [],
      'Query.b': [[['read']]],
      'Query.c': [[['email']]],
      'Query.d': 'public',
    })
  })

  test('from Federation directives that it cannot read never: they stop the start', () => {
    const sdl = `
      directive @policy(policies: [[String!]!]!) on FIELD_DEFINITION
      type Query { a: String @policy(policies: [["p"]]) b: String @federation__policy }`
    expect(starting(sdl, { federation: 'as-is' })).toEqual([
      'Query.a: @policy is not read.',
      'Query.b: @federation__policy is not read.',
    ])
  })
})

describe('publicUnder', () => {
  const sdl = `
    type User @auth { id: ID @public name: String }
    type Query { user: User @public other: User }`
  const it = () =>
    createSubject(
      sdl,
      { Query: { user: () => ({ id: '1', name: 'Ada' }) } },
      {
        publicUnder: ['User.id', 'Query.user'],
      },
    )

  test('opens exactly what it lists', async () => {
    const { data, errors } = await ask(it(), { document: '{ user { id name } other { id } }' })
    expect(data).toEqual({ user: { id: '1', name: null }, other: null })
    expect(errors).toHaveLength(2)
  })
})

describe('the check pass', () => {
  const sdl = `
    interface Node @public { id: ID }
    type User implements Node @auth { id: ID email: String @auth(scopes: ["email"]) }
    type Own implements Node @auth(policies: ["mine"]) { id: ID }
    type Query { me: User node: Node @public own: Own }
    type Subscription { ticks: Int @public }`
  const policies = { mine: { dependsOn: 'parent' as const, check: () => true } }
  const subject = () => createSubject(sdl, {}, { policies })

  test('accepts what `protect` made, also after a transform that keeps resolvers', () => {
    const { authorization, schema } = subject()
    expect(faultsOf(() => authorization.check(schema))).toEqual([])
    expect(faultsOf(() => authorization.check(mapSchema(schema, {})))).toEqual([])
  })

  test('refuses resolvers that were added after protection', () => {
    const { authorization, schema } = subject()
    const late = addResolversToSchema({
      schema,
      resolvers: { User: { email: () => 'x' }, Query: { me: () => ({}) } },
    })
    expect(messages(() => authorization.check(late))).toEqual([
      'User.email: the resolver carries no guard.',
      'Query.me: the resolver carries no guard.',
    ])
  })

  test('refuses a subscription, a type resolver or an isTypeOf that lost its guard', () => {
    const { authorization, schema } = subject()
    const subscriptions = schema.getSubscriptionType()?.getFields()['ticks']
    if (!subscriptions) throw new Error('no subscription')
    subscriptions.subscribe = () => null
    const late = addResolversToSchema({
      schema,
      resolvers: { Node: { __resolveType: () => 'User' }, Own: { __isTypeOf: () => true } },
    })
    expect(messages(() => authorization.check(late)).toSorted()).toEqual([
      'Node: the type resolver carries no guard.',
      'Own: `isTypeOf` carries no guard.',
      'Subscription.ticks: the subscription carries no guard.',
    ])
  })

  test('refuses fields that were added and rules that were changed after protection', () => {
    const { authorization, schema } = subject()
    const added = mapSchema(schema, {
      [MapperKind.ROOT_OBJECT]: (type) => {
        const config = type.toConfig()
        return new GraphQLObjectType({
          ...config,
          fields: { ...config.fields, extra: { type: GraphQLString } },
        })
      },
    })
    expect(messages(() => authorization.check(added))).toContain(
      'Query.extra: says neither @auth nor @public.',
    )
    expect(messages(() => authorization.check(added))).toContain(
      'Query.extra: was added, or its rule was changed, after `protect`.',
    )
  })

  test('refuses types that were added after protection', () => {
    const { authorization, schema } = subject()
    const late = extendSchema(
      schema,
      parse('extend type Query { late: Late @public } type Late { a: Int @public }'),
    )
    expect(messages(() => authorization.check(late))).toEqual([
      'Query.late: was added, or its rule was changed, after `protect`.',
      'Late.a: was added, or its rule was changed, after `protect`.',
    ])
  })

  test('refuses a rule that was weakened after protection, and says what to do', () => {
    const { authorization, schema } = subject()
    const weakened = mapSchema(schema, {
      [MapperKind.OBJECT_FIELD]: (field, name) =>
        name === 'email' && field.astNode
          ? { ...field, astNode: { ...field.astNode, directives: [] } }
          : field,
    })
    expect(faultsOf(() => authorization.check(weakened))).toEqual([
      {
        coordinate: 'User.email',
        at: expect.stringMatching(/:\d+$/),
        message: 'was added, or its rule was changed, after `protect`.',
        remedy: 'Protect the schema last: add resolvers and transforms before `protect`.',
      },
    ])
  })

  test('refuses inputs that were renamed, added or loosened after protection', () => {
    const ruled = `
      enum Level { LOW HIGH @auth(scopes: ["admin"]) }
      input Filter { level: Level owner: ID @auth(scopes: ["admin"]) }
      type Query { list(deleted: Boolean @auth(scopes: ["admin"]), filter: Filter): String @public }`
    const checking = (transform: (schema: GraphQLSchema) => GraphQLSchema) => {
      const { authorization, schema } = createSubject(ruled)
      return messages(() => authorization.check(transform(schema)))
    }
    const fault = (coordinate: string) =>
      `${coordinate}: was added, or its rule was changed, after \`protect\`.`
    expect(checking((schema) => schema)).toEqual([])
    expect(
      checking((schema) =>
        mapSchema(schema, {
          [MapperKind.OBJECT_FIELD]: ({ args, ...field }) => {
            const { deleted, filter } = args ?? {}
            return deleted && filter
              ? { ...field, args: { gone: deleted, filter } }
              : { ...field, args: args ?? {} }
          },
        }),
      ),
    ).toEqual([fault('Query.list(gone:)')])
    expect(
      checking((schema) =>
        mapSchema(schema, {
          [MapperKind.INPUT_OBJECT_FIELD]: (field, name) => (name === 'owner' ? ['holder', field] : field),
        }),
      ),
    ).toEqual([fault('Filter.holder')])
    expect(
      checking((schema) =>
        mapSchema(schema, {
          [MapperKind.ENUM_VALUE]: (value, _, __, name) => {
            if (name !== 'HIGH' || !value.astNode) return value
            return { ...value, astNode: { ...value.astNode, directives: [] } }
          },
        }),
      ),
    ).toEqual([fault('Level.HIGH')])
    expect(
      checking((schema) =>
        mapSchema(schema, {
          [MapperKind.ENUM_VALUE]: (_, __, ___, name) => (name === 'HIGH' ? null : undefined),
        }),
      ),
    ).toEqual([])
  })

  test('refuses inputs that were added after protection', () => {
    const { authorization, schema } = createSubject('type Query { list(a: Int): String @public }')
    const more = extendSchema(schema, parse('input More { a: Int } extend input More { b: Int }'))
    expect(messages(() => authorization.check(more))).toEqual([
      'More: was added, or its rule was changed, after `protect`.',
    ])
  })

  test('is for one schema: a second is not protected', () => {
    const { authorization, schema } = createSubject('type Query { a: String @auth }')
    expect(() => authorization.protect(schema)).toThrow(
      'This engine has protected a schema already. Make one for each schema.',
    )
  })

  test('has nothing to compare before `protect`', () => {
    const authorization = createAuthorization<TestContext>({ scopes, callerOf: ({ caller }) => caller })
    expect(() => authorization.plan(parse('{ a }'), null, {}, holding())).toThrow(
      'Call protect(schema) first',
    )
    expect(() =>
      authorization.check(buildSchema('directive @public on FIELD_DEFINITION type Query { a: Int }')),
    ).toThrow()
  })
})

describe('warnings', () => {
  test('name protected fields that a filter or a sort of the same name leaves open', () => {
    const { authorization } = createSubject(`
      enum Sort { NAME EMAIL_ASC @auth(scopes: ["email"]) EMAIL_DESC }
      input Filter { email: String name: String and: [Filter] secret: String @auth(scopes: ["email"]) }
      input Closed @auth(scopes: ["email"]) { email: String }
      type User @auth { name: String email: String @auth(scopes: ["email"]) secret: String @auth(scopes: ["email"]) }
      type Edge @auth { node: User }
      type Connection @auth { edges: [Edge] }
      type Query {
        users(filter: Filter, closed: Closed, secret: [String!]): [User]
        page(sort: [Sort], email: Filter @auth(scopes: ["email"])): Connection
      }
      input NewUser { secret: String }
      type Mutation { createUser(input: NewUser): User }`)
    expect(authorization.warnings()).toEqual([
      {
        coordinate: 'Filter.email',
        message: 'Query.users can filter or sort by it, which tells about the protected User.email.',
      },
      {
        coordinate: 'Query.users(secret:)',
        message: 'Query.users can filter or sort by it, which tells about the protected User.secret.',
      },
      {
        coordinate: 'Sort.EMAIL_DESC',
        message: 'Query.page can filter or sort by it, which tells about the protected User.email.',
      },
    ])
  })

  test.each([
    ['type Page @auth { nodes: [User] }', 1],
    ['type Page @auth { items: [User] }', 1],
    ['type Page @auth { edges: [User] }', 1],
    ['type Page @auth { edges: [Edge] } type Edge @auth { node: User }', 1],
    ['type Page @auth { left: User }', 0],
  ])('look through connections, for what a filter is about: %s', (page, expected) => {
    const { authorization } = createSubject(`
      input Filter { secret_token: String }
      type User @auth { secretToken: String @auth(scopes: ["email"]) }
      ${page}
      type Query { found(filter: Filter): Page }`)
    expect(authorization.warnings()).toHaveLength(expected)
  })

  test('name types that hide all fields but not themselves, where names are hidden', () => {
    const sdl = `
      type Hollow { a: Int @auth(scopes: ["admin"]) b: Int @auth }
      type Alone { a: Int @auth }
      type Closed @auth { a: Int }
      type Half { a: Int @auth b: Int @public }
      union Any @public = Hollow | Closed | Half
      type Query { any: Any @public alone: Alone @public }`
    const filtered = createSubject(sdl, {}, { introspection: 'filtered' })
    expect(filtered.authorization.warnings()).toEqual([
      {
        coordinate: 'Hollow',
        message:
          'guards every field and not itself: `__typename` tells its name to callers who may not know it.',
      },
    ])
    expect(createSubject(sdl).authorization.warnings()).toEqual([])
  })

  test('name @public fields that return a guarded type', () => {
    const { authorization } = createSubject(
      'type User @auth { name: String } type Query { me: User @public }',
    )
    expect(authorization.warnings()).toEqual([
      {
        coordinate: 'Query.me',
        message: 'is @public, and yet closed by the rule of User, which it returns.',
      },
    ])
  })
})
