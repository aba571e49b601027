import { execute, GraphQLError, isObjectType, parse } from 'graphql'
import { describe, expect, test } from 'vitest'
import { ask, askApollo, askBare, createSubject, holding } from './doors.js'

const sdl = /* GraphQL */ `
  interface Node @public { id: ID! }
  interface Entity implements Node @auth(scopes: ["read"]) { id: ID! owner: User }
  type User implements Node @auth {
    id: ID!
    name: String
    email: String @auth(scopes: ["email"])
    secret: String! @auth(scopes: ["admin"])
    friends: [User!]!
  }
  type Post implements Node & Entity { id: ID! title: String owner: User }
  type Open implements Node @public { id: ID! }
  union Thing @auth = User | Post
  type Query {
    me: User
    users: [User]
    node(id: ID): Node @public
    nodes: [Node] @public
    things: [Thing]
    open: String @public
    admin: String @auth(scopes: ["admin"])
  }
  type Mutation {
    ping: String @public
    purge: String @auth(scopes: ["admin"])
    touch: User
  }
`

const ada = { __typename: 'User', id: '1', name: 'Ada', email: 'ada@example.org', secret: 's' }
const bob = { __typename: 'User', id: '2', name: 'Bob', email: 'bob@example.org', secret: 't' }
const post = { __typename: 'Post', id: '3', title: 'On gates', owner: ada }

function subject(options = {}) {
  const calls: string[] = []
  const tell =
    <T>(name: string, value: T) =>
    () => {
      calls.push(name)
      return value
    }
  const resolvers = {
    Query: {
      me: tell('me', ada),
      users: tell('users', [ada, bob]),
      node: tell('node', ada),
      nodes: tell('nodes', [ada, post, { __typename: 'Open', id: '4' }]),
      things: tell('things', [ada, post]),
      open: tell('open', 'open'),
      admin: tell('admin', 'admin'),
    },
    Mutation: { ping: tell('ping', 'pong'), purge: tell('purge', 'gone'), touch: tell('touch', ada) },
    User: { email: (user: typeof ada) => (calls.push('email'), user.email) },
  }
  return { ...createSubject(sdl, resolvers, options), calls }
}

describe('objects and fields', () => {
  test('a field with a scope answers who holds it', async () => {
    const { data, errors } = await ask(subject(), {
      document: '{ me { email } open }',
      caller: holding('email'),
    })
    expect(errors).toBeUndefined()
    expect(data).toEqual({ me: { email: 'ada@example.org' }, open: 'open' })
  })

  test('a refused field is null with an error at its path, and its resolver does not run', async () => {
    const it = subject()
    const { data, errors } = await ask(it, { document: '{ me { name e: email } }', caller: holding() })
    expect(data).toEqual({ me: { name: 'Ada', e: null } })
    expect(errors).toEqual([
      expect.objectContaining({
        path: ['me', 'e'],
        message: 'You are not allowed to do this.',
        extensions: { code: 'FORBIDDEN', coordinate: 'User.email' },
      }),
    ])
    expect(it.calls).toEqual(['me'])
  })

  test('the rule of a type closes each field that returns it, before the resolver', async () => {
    const it = subject()
    const { data, errors } = await askBare(it, { document: '{ me { name } open }' })
    expect(data).toEqual({ me: null, open: 'open' })
    expect(errors?.[0]?.extensions).toEqual({ code: 'UNAUTHENTICATED', coordinate: 'Query.me' })
    expect(it.calls).toEqual(['open'])
  })

  test('a refused non-null field takes its parent with it', async () => {
    const { data } = await ask(subject(), { document: '{ me { secret } open }', caller: holding() })
    expect(data).toEqual({ me: null, open: 'open' })
  })

  test('a refused non-null field takes each item of a list with it, and is told as a refusal for each', async () => {
    const document = '{ users { secret } }'
    const { data, errors } = await askBare(subject(), { document, caller: holding() })
    expect(data).toEqual({ users: [null, null] })
    expect(errors).toMatchObject([
      { path: ['users', 0, 'secret'], extensions: { code: 'FORBIDDEN' } },
      { path: ['users', 1, 'secret'], extensions: { code: 'FORBIDDEN' } },
    ])
  })

  test('a refused field of a list is one error that counts the items', async () => {
    for (const door of [ask, askBare]) {
      const { data, errors } = await door(subject(), { document: '{ users { email } }', caller: holding() })
      expect(data).toEqual({ users: [{ email: null }, { email: null }] })
      expect(errors).toHaveLength(1)
      expect(errors?.[0]).toMatchObject({ path: ['users', 0, 'email'], extensions: { occurrences: 2 } })
    }
  })

  test('`implies` is followed', async () => {
    const { data } = await ask(subject(), { document: '{ admin me { secret } }', caller: holding('admin') })
    expect(data).toEqual({ admin: 'admin', me: { secret: 's' } })
  })
})

describe('interfaces and unions', () => {
  test('the rule of the concrete type holds behind an interface, for __typename alone too', async () => {
    const { data, errors } = await ask(subject(), { document: '{ node(id: 1) { __typename } open }' })
    expect(data).toEqual({ node: null, open: 'open' })
    expect(errors?.[0]?.extensions).toEqual({ code: 'UNAUTHENTICATED', coordinate: 'Query.node' })
  })

  test('in a list each item is judged by its own type', async () => {
    const { data, errors } = await ask(subject(), { document: '{ nodes { id } }', caller: holding() })
    expect(data).toEqual({ nodes: [{ id: '1' }, null, { id: '4' }] })
    expect(errors).toHaveLength(1)
  })

  test('a rule on an interface holds for its implementers', async () => {
    const document = '{ nodes { ... on Post { title } } }'
    expect((await ask(subject(), { document, caller: holding() })).data).toEqual({ nodes: [{}, null, {}] })
    expect((await ask(subject(), { document, caller: holding('read') })).data).toEqual({
      nodes: [{}, { title: 'On gates' }, {}],
    })
  })

  test('a union closes the fields that return it', async () => {
    const it = subject()
    const { data } = await askBare(it, { document: '{ things { __typename } }' })
    expect(data).toEqual({ things: null })
    expect(it.calls).toEqual([])
  })
})

describe('whole operations', () => {
  test('when every root field is refused there is no data, and the status says why', async () => {
    const it = subject({ exposeRequirements: true })
    const anonymous = await askApollo(it, { document: '{ me { id } admin __typename }' })
    expect(anonymous.status).toBe(401)
    expect(anonymous.challenge).toBe('Bearer realm="fieldgate"')
    expect(anonymous.result).not.toHaveProperty('data')
    expect(anonymous.result.errors?.map(({ path }) => path)).toEqual([['me'], ['admin']])
    const lacking = await askApollo(it, { document: '{ admin }', caller: holding('read') })
    expect(lacking.status).toBe(403)
    expect(lacking.challenge).toBe('Bearer realm="fieldgate", error="insufficient_scope", scope="admin"')
    expect(lacking.result.errors?.[0]?.extensions).toEqual({
      code: 'FORBIDDEN',
      coordinate: 'Query.admin',
      required: [['admin']],
    })
    expect(it.calls).toEqual([])
  })

  test('a document with one forbidden mutation runs none, with the plan or without', async () => {
    const question = { document: 'mutation { ping purge }', caller: holding('read') }
    for (const door of [ask, askBare, askApollo]) {
      const it = subject()
      await door(it, question)
      expect(it.calls).toEqual([])
    }
  })

  test('a forbidden field in the payload of a mutation stops it', async () => {
    const it = subject()
    const { status, result } = await askApollo(it, {
      document: 'mutation { touch { email } }',
      caller: holding(),
    })
    expect(status).toBe(403)
    expect(result.errors?.[0]).toMatchObject({ path: ['touch', 'email'] })
    expect(it.calls).toEqual([])
  })

  test('`reject` ends an operation for one refused field', async () => {
    for (const door of [ask, askBare, askApollo]) {
      const it = subject({ mode: 'reject' })
      const answer = await door(it, { document: '{ open me { email } }', caller: holding() })
      expect(JSON.stringify(answer)).not.toContain('ada@example.org')
      expect(it.calls).toEqual([])
    }
  })

  test('a request may ask for `reject` by what `modeOf` reads of it', async () => {
    const modeOf = ({ mode }: { mode?: 'partial' | 'reject' }) => mode
    const question = { document: '{ open admin }', caller: holding() }
    expect((await askApollo(subject({ modeOf }), question, 'partial')).status).toBe(200)
    expect((await askApollo(subject({ modeOf }), question, 'reject')).status).toBe(403)
  })

  test('`observe` refuses nothing and reports what it would have refused', async () => {
    const seen: unknown[] = []
    const it = subject({ mode: 'observe', onDecision: (event: unknown) => seen.push(event) })
    const { data, errors } = await ask(it, { document: 'mutation { purge }' })
    expect(errors).toBeUndefined()
    expect(data).toEqual({ purge: 'gone' })
    expect(seen).toContainEqual({ coordinate: 'Mutation.purge', verdict: 'deny', phase: 'guard' })
  })
})

describe('bad credentials', () => {
  const expired = { error: 'invalid_token', description: 'The token has "expired"' } as const

  test('are never anonymous: one guarded field refuses the operation', async () => {
    const it = subject()
    const { status, challenge, result } = await askApollo(it, {
      document: '{ open me { id } }',
      caller: expired,
    })
    expect(status).toBe(401)
    expect(challenge).toBe(
      'Bearer realm="fieldgate", error="invalid_token", error_description="The token has  expired "',
    )
    expect(result).not.toHaveProperty('data')
    expect(it.calls).toEqual([])
  })

  test('refuse the operation by the guards alone, and each refusal names its field or the first', async () => {
    const it = subject()
    const document = '{ open me { id } things { __typename } }'
    const { data, errors } = await askBare(it, { document, caller: expired })
    expect(data).toEqual({ open: null, me: null, things: null })
    expect(
      errors?.map(({ path, extensions }) => [path, extensions?.['code'], extensions?.['coordinate']]),
    ).toEqual([
      [['open'], 'UNAUTHENTICATED', 'Query.me'],
      [['me'], 'UNAUTHENTICATED', 'Query.me'],
      [['things'], 'UNAUTHENTICATED', 'Query.things'],
    ])
    expect(it.calls).toEqual([])
  })

  test('are refused where the type is known only at run time', async () => {
    const it = subject()
    expect((await askApollo(it, { document: '{ node(id: 1) { id } }', caller: expired })).status).toBe(401)
    expect(it.calls).toEqual([])
  })

  test('still run an operation made only of public fields', async () => {
    const { status, result } = await askApollo(subject(), { document: '{ open }', caller: expired })
    expect(status).toBe(200)
    expect(result.data).toEqual({ open: 'open' })
  })

  test('two at once are a malformed request', async () => {
    const twice = { error: 'invalid_request', description: 'Two credentials' } as const
    expect((await askApollo(subject(), { document: '{ me { id } }', caller: twice })).status).toBe(400)
  })
})

/** A promise, and what resolves it. */
function createGate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

test.each(['slow { secret }', 'deep { secret }', 'asked'])(
  'no item of a list is null without an error because the first has failed before: %s',
  async (selection) => {
    const [failing, others] = [createGate(), createGate()]
    const it = createSubject(
      `type Query { items: [Item] @public }
       type Item @public { bad: Int! slow: Slow deep: [Slow] asked: Int @auth(policies: ["later"]) }
       type Slow @public { secret: String @auth(scopes: ["read"]) }`,
      {
        Query: { items: () => [{ at: 0 }, { at: 1 }] },
        Item: {
          bad: async ({ at }: { at: number }) => {
            if (at === 1) return 1
            await failing.opened
            throw new Error('boom')
          },
          slow: () => others.opened.then(() => ({})),
          deep: () => others.opened.then(() => [{}]),
        },
      },
      { policies: { later: { check: () => others.opened.then(() => false) } } },
    )
    const answer = ask(it, { document: `{ items { bad ${selection} } }`, caller: holding() })
    failing.open()
    await new Promise((resolve) => setImmediate(resolve)) // all that follows from it has happened then
    others.open()
    const { data, errors } = await answer
    expect(data).toMatchObject({ items: [null, { bad: 1 }] })
    expect(errors).toEqual([
      expect.objectContaining({ message: 'boom', path: ['items', 0, 'bad'] }),
      expect.objectContaining({ path: expect.arrayContaining(['items', 1]) }),
    ])
  },
)

describe('a list whose items are of several types', () => {
  const it = () =>
    createSubject(
      `interface Item @public { part: Part hidden: String }
       type Book implements Item @public { part: Part hidden: String @auth(scopes: ["read"]) }
       type Film implements Item @public { part: Part hidden: String @auth(scopes: ["read"]) }
       type Part @public { secret: String @auth(scopes: ["read"]) open: String @public }
       type Query { items: [Item] @public }`,
      {
        Query: {
          items: () =>
            ['Book', 'Film', 'Film', 'Book', 'Book'].map((__typename) => ({
              __typename,
              part: { open: 'x' },
            })),
        },
      },
    )
  const question = { document: '{ items { part { secret open } } }', caller: holding() }
  const counted = [{ path: ['items', 0, 'part', 'secret'], extensions: { occurrences: 5 } }]

  test('is one error that counts the items of each', async () => {
    const { data, errors } = await ask(it(), question)
    expect(data).toEqual({ items: Array.from({ length: 5 }, () => ({ part: { secret: null, open: 'x' } })) })
    expect(errors).toMatchObject(counted)
    expect((await askApollo(it(), question)).result.errors).toMatchObject(counted)
  })

  test('is one error that counts the items of all lists at one place', async () => {
    const nested = createSubject(
      `type Team @public { members: [Member] }
       type Member @public { secret: String @auth(scopes: ["read"]) }
       type Query { teams: [Team] @public }`,
      { Query: { teams: () => [{ members: [{}, {}] }, { members: [{}, {}, {}] }] } },
    )
    const asked = { document: '{ teams { members { secret } } }', caller: holding() }
    const one = [{ path: ['teams', 0, 'members', 0, 'secret'], extensions: { occurrences: 5 } }]
    expect((await ask(nested, asked)).errors).toMatchObject(one)
    expect((await askApollo(nested, asked)).result.errors).toMatchObject(one)
  })

  test('is a bounded number of errors however long the list is, and whatever lies between', async () => {
    const long = createSubject(
      `type Item @public { inner: Inner asked: Int @auth(policies: ["later"]) }
       type Inner @public { secret: String @auth(scopes: ["read"]) }
       type Query { items: [Item] @public }`,
      { Query: { items: () => Array.from({ length: 500 }, () => ({ inner: {} })) } },
      { policies: { later: { check: async () => false } } },
    )
    for (const document of ['{ items { inner { secret } } }', '{ items { asked } }']) {
      const { errors } = await askBare(long, { document, caller: holding() })
      expect(errors?.length).toBeLessThanOrEqual(20)
      const counts = errors?.map(({ extensions }) => Number(extensions?.['occurrences'])) ?? []
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(500)
    }
  })

  test('is an error for each place and each coordinate', async () => {
    const two = createSubject(
      `interface Item @public { a: Int }
       type Book implements Item @public { a: Int @auth(scopes: ["read"]) }
       type Film implements Item @public { a: Int @auth(scopes: ["email"]) }
       type Query { items: [Item] @public }`,
      { Query: { items: () => [{ __typename: 'Book' }, { __typename: 'Film' }, { __typename: 'Film' }] } },
    )
    const { errors } = await ask(two, { document: '{ items { one: a two: a } }', caller: holding() })
    const found = errors?.map(({ path, extensions }) => [
      path?.join('.'),
      extensions?.['coordinate'],
      extensions?.['occurrences'],
    ])
    expect(found).toEqual([
      ['items.0.one', 'Book.a', 1],
      ['items.0.two', 'Book.a', 1],
      ['items.1.one', 'Film.a', 2],
      ['items.1.two', 'Film.a', 2],
    ])
  })

  test('says that it counts one where there is one', async () => {
    const one = createSubject(
      'type Item @auth { a: Int @auth(scopes: ["read"]) inner: Item } type Query { item: Item items: [Item] }',
      { Query: { item: () => ({}), items: () => [{ inner: {} }] } },
    )
    const document = '{ item { a } items { inner { a } } }'
    for (const door of [ask, askBare]) {
      const { errors } = await door(one, { document, caller: holding() })
      expect(errors?.map(({ extensions }) => extensions?.['occurrences'])).toEqual([undefined, 1])
    }
  })

  test('says how many it counts by the guards alone, as far as they can be sure that the first is reported', async () => {
    const found = async (document: string) => {
      const { errors } = await askBare(it(), { ...question, document })
      return errors?.map(({ path, extensions }) => [path?.[1], extensions?.['occurrences']])
    }
    expect(await found('{ items { hidden } }')).toEqual([
      [0, 3],
      [1, 2],
    ])
    const deeper = await found('{ items { part { secret } } }')
    expect(deeper?.reduce((sum, [, count]) => sum + Number(count), 0)).toBe(5)
  })
})

test('a field whose only rule is that of its type keeps its resolver unwrapped', () => {
  const { schema } = subject()
  const user = schema.getType('User')
  const fields = isObjectType(user) ? user.getFields() : {}
  expect(fields['name']?.resolve).toBeUndefined()
  expect(fields['email']?.resolve).toBeDefined()
  const free = createSubject(
    'input Free { x: Int } type User @auth { a(in: Free): Int } type Query { me: User }',
  ).schema.getType('User')
  expect(isObjectType(free) && free.getFields()['a']?.resolve).toBeUndefined()
})

test('a synchronous field stays synchronous', () => {
  const { schema } = subject()
  const contextValue = { caller: holding('admin') }
  const document = parse('{ admin nodes { __typename } me { email } }')
  expect(execute({ schema, document, contextValue })).toMatchObject({ data: { admin: 'admin' } })
})

test("a resolver's own errors are told one by one, whatever codes they carry", async () => {
  const own = () => {
    throw new GraphQLError('Not now', { extensions: { code: 'FORBIDDEN', coordinate: 'Item.a' } })
  }
  const it = createSubject('type Item @auth { a: Int } type Query { items: [Item] @auth }', {
    Query: { items: () => [{}, {}] },
    Item: { a: own },
  })
  const { errors } = await ask(it, { document: '{ items { a } }', caller: holding() })
  expect(errors?.map(({ path }) => path)).toEqual([
    ['items', 0, 'a'],
    ['items', 1, 'a'],
  ])
})

describe('the challenge of an operation that is refused for its scopes', () => {
  const challengeFor = (document: string, exposeRequirements: boolean) => {
    const { authorization } = createSubject(
      'type Query { a: Int @auth(scopes: ["read"]) b: Int @auth(scopes: ["email", "read"]) }',
      {},
      { exposeRequirements, introspection: 'off' },
    )
    return authorization.planRequest(parse(document), null, null, { caller: holding() }).refusing?.challenge
  }
  const plain = 'Bearer realm="fieldgate", error="insufficient_scope"'

  test('names them, each once, where requirements are shown', () => {
    expect(challengeFor('{ a }', true)).toBe(`${plain}, scope="read"`)
    expect(challengeFor('{ a b }', true)).toBe(`${plain}, scope="read email"`)
    expect(challengeFor('{ __schema { description } }', true)).toBe(plain)
  })

  test('names none where they are hidden', () => {
    expect(challengeFor('{ a b }', false)).toBe(plain)
  })
})
