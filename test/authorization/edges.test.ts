import { ApolloServer } from '@apollo/server'
import {
  buildSchema,
  type DocumentNode,
  execute,
  GraphQLError,
  type GraphQLFieldResolver,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
  type GraphQLTypeResolver,
  Kind,
  parse,
  visit,
} from 'graphql'
import { describe, expect, test, vi } from 'vitest'
import {
  AuthorizationFaults,
  type Credential,
  createAuthorization,
  createExecutors,
  printExplanation,
} from '../../src/authorization/index.js'
import { apolloPlugin } from '../../src/graphql/plugins/authorization.js'
import { ask, askApollo, askBare, createSubject, holding, scopes } from './doors.js'

describe('types told apart by isTypeOf', () => {
  const sdl = `
    interface Animal @public { name: String }
    type Cat implements Animal @auth(policies: ["tame"]) { name: String }
    type Dog implements Animal @auth(scopes: ["read"]) { name: String }
    type Fish implements Animal @public { name: String }
    type Bird implements Animal @public { name: String }
    type Query { animals: [Animal] @public cat: Cat }`
  const tame = {
    dependsOn: 'parent' as const,
    check: ({ parent }: { parent: { name?: unknown } }) => parent.name === 'Tom',
  }
  const cats = [
    { cat: 1, name: 'Tom' },
    { cat: 1, name: 'Felix' },
  ]
  const animals = [...cats, { dog: 1, name: 'Rex' }, { fish: 1, name: 'Nemo' }, { name: 'nothing' }, 'text']
  const is = (kind: string) => (value: object) => typeof value === 'object' && kind in value
  const subject = () =>
    createSubject(
      sdl,
      {
        Query: { animals: () => animals, cat: () => cats[1] },
        Cat: { __isTypeOf: is('cat') },
        Dog: { __isTypeOf: async (value: object) => is('dog')(value) },
        Fish: { __isTypeOf: is('fish') },
      },
      { policies: { tame } },
    )

  test('keep their rules, and the guards do not claim what is not theirs', async () => {
    const { data, errors } = await askBare(subject(), { document: '{ animals { name } }', caller: holding() })
    expect(data).toEqual({ animals: [{ name: 'Tom' }, null, null, { name: 'Nemo' }, null, null] })
    expect(errors?.filter(({ message }) => message.includes('must resolve'))).toHaveLength(2)
    const reader = await ask(subject(), { document: '{ animals { name } }', caller: holding('read') })
    expect(reader.data?.['animals']).toContainEqual({ name: 'Rex' })
  })

  test('are still told apart when reached directly', async () => {
    expect((await ask(subject(), { document: '{ cat { name } }', caller: holding() })).data).toEqual({
      cat: null,
    })
  })

  test('may all say no at once', async () => {
    const it = createSubject(
      `union U @auth = A | B type A @public { x: Int } type B @auth { x: Int } type Query { u: U }`,
      { Query: { u: () => ({}) }, A: { __isTypeOf: () => false }, B: { __isTypeOf: () => false } },
    )
    const { errors } = await ask(it, { document: '{ u { __typename } }', caller: holding() })
    expect(errors?.[0]?.message).toContain('must resolve to an Object type')
  })

  const union = `
    union U @public = A | B
    type A @public { x: Int }
    type B @auth { x: Int }
    type Query { u: U @public }`
  const told = (a: (value: object) => unknown, b: (value: object) => unknown) => ({
    Query: { u: () => ({ x: 1 }) },
    A: { __isTypeOf: a },
    B: { __isTypeOf: b },
  })
  const fail = () => {
    throw new Error('cannot be told')
  }

  test.each<[string, (value: object) => unknown, (value: object) => unknown]>([
    ['by what is merely true', () => 'yes', () => ''],
    ['by the first that is true, and the others are not asked', () => true, fail],
    ['by one that is true later', async () => 1, async () => 0],
    ['by one that is true now, while another fails later', async () => fail(), () => false],
    ['while an earlier one fails later', async () => fail(), () => true],
    ['by none: one fails', () => false, fail],
    ['by none: one fails, another later', async () => fail(), fail],
  ])('as graphql-js tells them apart, %s', async (_, a, b) => {
    const document = '{ u { __typename } }'
    const open = createSubject(union.replace('@auth', '@public'), told(a, b))
    expect(await ask(createSubject(union, told(a, b)), { document, caller: holding() })).toEqual(
      await ask(open, { document, caller: holding() }),
    )
  })

  test('may be told by a resolver that answers later', async () => {
    const it = createSubject(
      'union U @public = A | B type A @public { x: Int } type B @auth { x: Int } type Query { u: [U] @public }',
      { Query: { u: () => ['A', 'B'] }, U: { __resolveType: async (value: string) => value } },
    )
    const { data } = await ask(it, { document: '{ u { __typename } }' })
    expect(data).toEqual({ u: [{ __typename: 'A' }, null] })
  })
})

test('fields and types without a resolver are read as the engine is told that the executor reads the others', async () => {
  const upper: GraphQLFieldResolver<unknown, unknown> = (source, _, __, { fieldName }) =>
    Object(source)[fieldName.toUpperCase()]
  const byKind: GraphQLTypeResolver<unknown, unknown> = (value) => Object(value).KIND
  const { schema } = createSubject(
    `union U @public = A
     type A @auth(scopes: ["read"]) { x: Int @auth(scopes: ["read"]) y: Int }
     type Query { u: U @public }`,
    {},
    { fieldResolver: upper, typeResolver: byKind },
  )
  const args = {
    schema,
    document: parse('{ u { ... on A { x y } } }'),
    rootValue: { U: { KIND: 'A', X: 1, Y: 2 } },
    fieldResolver: upper,
    typeResolver: byKind,
  }
  const { data } = await execute({ ...args, contextValue: { caller: holding('read') } })
  expect(data).toEqual({ u: { x: 1, y: 2 } })
  expect((await execute({ ...args, contextValue: { caller: holding() } })).data).toEqual({ u: null })
})

describe('a value whose type looks at it', () => {
  const ways = [
    ['at once', (is: boolean) => is],
    ['later', async (is: boolean) => is],
  ] as const

  test.each(ways)(
    'is refused by its rule, and by graphql-js alone where it is of another type: %s',
    async (_, told) => {
      const answer = (is: boolean) => {
        const it = createSubject(
          'type Cat @auth(policies: ["tame"]) { name: String } type Query { cat: Cat }',
          { Query: { cat: () => ({ name: 'Felix' }) }, Cat: { __isTypeOf: () => told(is) } },
          { policies: { tame: { dependsOn: 'parent', check: () => false } } },
        )
        return ask(it, { document: '{ cat { name } }', caller: holding() })
      }
      expect((await answer(true)).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
      const { errors } = await answer(false)
      expect(errors?.map(({ message }) => message)).toEqual([
        'Expected value of type "Cat" but got: { name: "Felix" }.',
      ])
    },
  )
})

test('what answers the first item of a list answers the others, each with its own parent', async () => {
  const it = createSubject(
    'type Item @auth { twice(of: Int): Int @auth(scopes: ["read"]) } type Query { items: [Item] }',
    {
      Query: { items: () => [{ n: 1 }, { n: 2 }, { n: 3 }] },
      Item: { twice: ({ n }: { n: number }, { of }: { of: number }) => n * 2 + of },
    },
  )
  const document = '{ items { twice(of: 10) } }'
  const { data } = await askBare(it, { document, caller: holding('read') })
  expect(data).toEqual({ items: [{ twice: 12 }, { twice: 14 }, { twice: 16 }] })
})

test('a text whose type has a field named like a property of texts has no such field', async () => {
  const it = createSubject(
    'type Word @auth { length: Int @auth(scopes: ["read"]) } type Query { words: [Word] }',
    { Query: { words: () => ['one', 'three'] } },
  )
  const { data, errors } = await askBare(it, { document: '{ words { length } }', caller: holding('read') })
  expect([data, errors]).toEqual([{ words: [{ length: null }, { length: null }] }, undefined])
})

test('a type that the schema has not is an error of graphql-js', async () => {
  const it = createSubject(
    'interface Node @public { id: ID } type User implements Node @auth { id: ID } type Query { nodes: [Node] @public }',
    {
      Query: { nodes: () => ['Nothing', undefined] },
      Node: { __resolveType: (name: string | undefined) => name },
    },
  )
  const { errors } = await askBare(it, { document: '{ nodes { id } }', caller: holding() })
  expect(errors?.map(({ message }) => message)).toEqual([
    'Abstract type "Node" was resolved to a type "Nothing" that does not exist inside the schema.',
  ])
})

test('each item of a list is a decision for those who listen', async () => {
  const onDecision = vi.fn()
  const it = createSubject(
    'type Item @auth { a: Int @auth(scopes: ["read"]) } type Query { items: [Item] }',
    { Query: { items: () => [{ a: 1 }, { a: 2 }] } },
    { onDecision },
  )
  await askBare(it, { document: '{ items { a } }', caller: holding('read') })
  expect(onDecision.mock.calls.filter(([{ coordinate }]) => coordinate === 'Item.a')).toHaveLength(2)
})

test('the resolver behind a guard can be found, and nothing else', () => {
  const admin = () => 'x'
  const { authorization, schema } = createSubject('type Query { a: String @auth b: String @auth }', {
    Query: { a: admin },
  })
  const fields = schema.getQueryType()?.getFields()
  const original = authorization.originalOf(fields?.['a']?.resolve)
  expect(typeof original === 'function' && original()).toBe('x')
  expect(authorization.originalOf(fields?.['b']?.resolve)).toBeUndefined()
  expect(authorization.originalOf('text')).toBeUndefined()
})

describe('documents and contexts that no parser made', () => {
  test('a syntax tree without its optional lists is read all the same', async () => {
    const it = createSubject('type Query { a(x: Int @auth): String @auth(scopes: ["read"]) }', {
      Query: { a: () => 'a' },
    })
    const name = { kind: Kind.NAME, value: 'a' } as const
    const document: DocumentNode = {
      kind: Kind.DOCUMENT,
      definitions: [
        {
          kind: Kind.OPERATION_DEFINITION,
          operation: 'query' as never,
          selectionSet: { kind: Kind.SELECTION_SET, selections: [{ kind: Kind.FIELD, name }] },
        },
      ],
    }
    const contextValue = { caller: holding('read') }
    expect(it.authorization.plan(document, null, null, null)).toMatchObject({ status: 401 })
    expect(await execute({ schema: it.schema, document, contextValue })).toMatchObject({ data: { a: 'a' } })
  })

  test('a switch without arguments switches nothing off', () => {
    const { authorization } = createSubject('type Query { a: Int @auth }')
    const bare = visit(parse('{ a @skip }'), {
      Directive: ({ kind, name }) => ({ kind, name }),
    })
    expect(authorization.plan(bare, null, null, null).status).toBe(401)
  })

  test('a context may be anything, and each run asks its policies once', async () => {
    let asked = 0
    const ada = holding()
    const authorization = createAuthorization<string | undefined>({
      scopes,
      callerOf: (context) => (context === 'ada' ? ada : null),
      policies: { counted: { dependsOn: 'request', check: () => (asked += 1) > 0 } },
    })
    const extensions = { directives: { auth: { policies: ['counted'] } } }
    const fields = {
      a: { type: GraphQLString, extensions, resolve: () => 'a' },
      b: { type: GraphQLString, extensions, resolve: () => 'b' },
    }
    const schema = authorization.protect(
      new GraphQLSchema({ query: new GraphQLObjectType({ name: 'Query', fields }) }),
    )
    const { execute: run } = createExecutors(authorization)
    const document = parse('{ a b }')
    for (const times of [1, 2]) {
      expect(await run({ schema, document, contextValue: 'ada' })).toEqual({ data: { a: 'a', b: 'b' } })
      expect(asked).toBe(times)
    }
    expect(await run({ schema, document, contextValue: undefined })).toHaveProperty('errors')
  })

  test.each<[string, unknown, unknown]>([
    ['texts', 'ada', 'bob'],
    ['functions', () => 'ada', () => 'bob'],
    ['objects', { name: 'ada' }, { name: 'bob' }],
  ])(
    'contexts that are %s are told apart where a host gives them one object of variables',
    async (_, one, other) => {
      const ada = holding()
      const authorization = createAuthorization({
        scopes,
        callerOf: () => ada,
        policies: { isOne: { dependsOn: 'request', check: ({ context }) => context === one } },
      })
      const schema = authorization.protect(
        buildSchema(`${authorization.typeDefs} type Query { a: String @auth(policies: ["isOne"]) }`),
      )
      const document = parse('{ a }')
      const [operation] = document.definitions
      const { resolve, type } = schema.getQueryType()?.getFields()['a'] ?? {}
      const info = {
        fieldName: 'a',
        fieldNodes: [operation],
        returnType: type,
        operation,
        variableValues: {},
        path: { prev: undefined, key: 'a', typename: 'Query' },
      }
      const answerTo = (context: unknown) => resolve?.({ a: 'a' }, {}, context, info as never)
      expect(answerTo(one)).toBe('a')
      expect(() => answerTo(other)).toThrow('not allowed')
      expect(answerTo(one)).toBe('a')
    },
  )

  test('a directive without a list of arguments has none', async () => {
    const authorization = createAuthorization({ scopes, callerOf: () => holding() })
    const name = (value: string) => ({ kind: Kind.NAME, value }) as const
    const astNode = {
      kind: Kind.FIELD_DEFINITION,
      name: name('a'),
      type: { kind: Kind.NAMED_TYPE, name: name('String') },
      directives: [{ kind: Kind.DIRECTIVE, name: name('auth') }],
    } as const
    const fields = { a: { type: GraphQLString, astNode } }
    authorization.protect(new GraphQLSchema({ query: new GraphQLObjectType({ name: 'Query', fields }) }))
    expect(authorization.lock().coordinates).toEqual({ 'Query.a': [] })
  })

  test('an argument in code that comes to nothing is refused as null', () => {
    const authorization = createAuthorization({ scopes, callerOf: () => null })
    const auth = { scopes: { toJSON: () => undefined }, policies: undefined }
    const fields = { a: { type: GraphQLString, extensions: { directives: { auth } } } }
    const query = new GraphQLObjectType({ name: 'Query', fields })
    expect(() => authorization.protect(new GraphQLSchema({ query }))).toThrow(
      '(1):\n- Query.a: `scopes` is null.',
    )
  })

  test('an operation that is not there fails by itself, also where names are hidden', async () => {
    const it = createSubject('type Query { a: Int @public }', {}, { introspection: 'filtered' })
    const { errors } = await ask(it, { document: 'query A { a } query B { a }' })
    expect(errors?.[0]?.message).toContain('Must provide operation name')
  })

  test('a schema without a query can be protected', () => {
    const authorization = createAuthorization({ scopes, callerOf: () => null, introspection: 'filtered' })
    const fields = { a: { type: GraphQLString, extensions: { directives: { auth: {} } } } }
    authorization.protect(
      new GraphQLSchema({ mutation: new GraphQLObjectType({ name: 'Mutation', fields }) }),
    )
    expect(authorization.schemaFor(null).getQueryType()?.name).toBe('Query')
  })

  test('a fault in a schema without sources has no place', () => {
    const authorization = createAuthorization({ scopes, callerOf: () => null })
    const fields = { a: { type: GraphQLString } }
    try {
      authorization.protect(new GraphQLSchema({ query: new GraphQLObjectType({ name: 'Query', fields }) }))
      expect.unreachable()
    } catch (error) {
      if (!(error instanceof AuthorizationFaults)) throw error
      expect(error.faults[0]?.at).toBeNull()
      expect(error.message).toContain('- Query.a: says neither')
    }
  })
})

describe('requirements with more ways than can be listed', () => {
  const names = Array.from({ length: 26 }, (_, at) => `s${at}`)
  const registry = Object.fromEntries(names.map((name) => [name, {}]))
  const pairs = Array.from({ length: 13 }, (_, at) => `@auth(anyOf: [["s${2 * at}"], ["s${2 * at + 1}"]])`)
  const policies = Object.fromEntries(
    names.map((name) => [name, { dependsOn: 'parent' as const, check: () => true, toWhere: () => name }]),
  )
  const choices = Array.from({ length: 13 }, (_, at) => `@auth(orPolicies: ["s${2 * at}", "s${2 * at + 1}"])`)
  const subject = () =>
    createSubject(
      `type Query { a: Int ${pairs.join(' ')} b: Int ${choices.join(' ')} }`,
      {},
      { scopes: registry, policies },
    )

  test('are decided as exactly as others', () => {
    const it = subject()
    const even = names.filter((_, at) => at % 2 === 0)
    const document = parse('{ a }')
    expect(it.authorization.plan(document, null, {}, holding(...even)).status).toBe(200)
    const plan = it.authorization.plan(document, null, {}, holding(...even.slice(1)))
    expect(plan).toMatchObject({ status: 403, refusals: [{ required: [] }] })
    const explained = it.authorization.explain(document, holding())
    expect(explained.fields[0]?.missing).toBeNull()
    expect(printExplanation(explained)).not.toContain('lacks')
  })

  test('cannot become a condition for a query', () => {
    expect(() => subject().authorization.rowsOf('Query.b', { caller: holding() })).toThrow(
      'Too many combinations',
    )
  })

  test('have no cases in the matrix but that of nobody', () => {
    const cases = subject()
      .authorization.matrix()
      .filter(({ coordinate }) => coordinate === 'Query.a')
    expect(cases.map(({ scopes: held }) => held)).toEqual([null])
  })
})

test('where only policies can help, `required` has what must be held beside them', () => {
  const { authorization } = createSubject(
    'type Query { a: Int @auth(scopes: ["read"], policies: ["p"]) b: Int @auth(policies: ["p"]) }',
    {},
    { policies: { p: { check: () => true } } },
  )
  expect(authorization.plan(parse('{ a b }'), null, {}, holding()).refusals).toMatchObject([
    { required: [['read']] },
  ])
})

describe('Apollo Server', () => {
  test('starts twice over one schema', async () => {
    const it = createSubject('type Query { a: Int @public }', { Query: { a: () => 1 } })
    for (let start = 0; start < 2; start++) {
      expect((await askApollo(it, { document: '{ a }' })).result).toEqual({ data: { a: 1 } })
    }
  })

  test('does not start over a schema that lost a guard', async () => {
    const it = createSubject('type Query { a: Int @auth }')
    const field = it.schema.getQueryType()?.getFields()['a']
    if (!field) throw new Error('no field')
    field.resolve = () => 1
    const server = new ApolloServer<{ caller: null }>({
      schema: it.schema,
      plugins: [apolloPlugin(it.authorization)],
      logger: console,
    })
    await expect(server.start()).rejects.toThrow('the resolver carries no guard')
  })

  test('keeps what validation rules of the host say', async () => {
    const it = createSubject('type Query { a: Int @public }', {}, { introspection: 'filtered' })
    const server = new ApolloServer<{ caller: null }>({
      schema: it.schema,
      plugins: [apolloPlugin(it.authorization)],
      validationRules: [
        (context) => ({
          Field: (node) => context.reportError(new GraphQLError('Too deep.', { nodes: node })),
        }),
      ],
    })
    const { body } = await server.executeOperation({ query: '{ a }' }, { contextValue: { caller: null } })
    expect(body).toMatchObject({ singleResult: { errors: [{ message: 'Too deep.' }] } })
    await server.stop()
  })

  test('merges the refusals of a list whose items are refused whole', async () => {
    const it = createSubject(
      'union U @public = A | B type A @auth { x: Int } type B @public { y: Int } type Query { u: [U] @public }',
      { Query: { u: () => [{ __typename: 'A' }, { __typename: 'B' }, { __typename: 'A' }] } },
    )
    const { result } = await askApollo(it, { document: '{ u { __typename } q: __typename }' })
    expect(result.errors).toMatchObject([{ path: ['u', 0], extensions: { occurrences: 2 } }])
  })

  test('reports coercion errors of an introspection of its own', async () => {
    const it = createSubject('type Query { a: Int @public }', {}, { introspection: 'filtered' })
    const { result } = await askApollo(it, {
      document: 'query ($name: String!) { __type(name: $name) { name } }',
    })
    expect(result).not.toHaveProperty('data')
    expect(result.errors?.[0]?.message).toContain('$name')
  })
})

test('a caller that cannot be looked at is nobody', async () => {
  const it = createSubject('type Query { a: Int @auth }', { Query: { a: () => 1 } })
  const throwing = () => {
    throw new Error('secret detail')
  }
  const callers = [
    new Proxy({ id: '1', scopes: new Set(['read']) }, { get: throwing, has: throwing }),
    new Proxy({ id: '1', scopes: new Set(['read']) }, { get: throwing }),
    { id: '1', scopes: new Proxy(['read'], { get: throwing }) },
  ]
  for (const caller of callers) {
    const result = await ask(it, { document: '{ a }', caller })
    expect(result.errors?.[0]?.extensions).toEqual({ code: 'UNAUTHENTICATED', coordinate: 'Query.a' })
    const { plan, refusing } = it.authorization.planRequest(parse('{ a }'), null, null, { caller })
    expect([plan.status, refusing?.challenge]).toEqual([401, 'Bearer realm="fieldgate"'])
  }
})

test('a bad credential that says odd things is a bad credential all the same', async () => {
  const { authorization } = createSubject('type Query { a: Int @auth }')
  const document = parse('{ a }')
  const unreadable = new Proxy(
    { error: 'invalid_token' },
    {
      get() {
        throw new Error('internal')
      },
    },
  )
  const odd: readonly unknown[] = [
    { error: undefined },
    { error: 'a"\r\nX: y', scopes: ['admin'], id: '1' },
    unreadable,
  ]
  for (const caller of odd) {
    const { refusing } = authorization.planRequest(document, null, {}, { caller: caller as Credential })
    expect(refusing?.status).toBe(401)
    expect(refusing?.challenge).toBe('Bearer realm="fieldgate", error="invalid_token", error_description=""')
  }
})
