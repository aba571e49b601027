import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { makeExecutableSchema } from '@graphql-tools/schema'
import {
  buildSchema,
  type DocumentNode,
  execute as executeByGraphql,
  type ExecutionArgs,
  type FieldNode,
  getIntrospectionQuery,
  GraphQLError,
  type GraphQLResolveInfo,
  Kind,
  parse,
  visit,
} from 'graphql'
import { describe, expect, test } from 'vitest'
import { createAuthorization, type DecisionEvent } from '../../src/authorization/index.js'
import { createCompiledExecute, type Execute } from '../../src/execution/compiled-execute.js'
import { deferred } from '../support/deferred.js'

/** What tells a compiled run from one of graphql-js: its nodes are the same array each time. */
const seen: (readonly FieldNode[])[] = []

const schema = makeExecutableSchema({
  typeDefs: `
    type Query { hello(name: String): String thing: Thing others: [Thing!] }
    type Thing { id: ID! name: String }
    type Mutation { first: String second: String }
    type Subscription { ticks: Int }
  `,
  resolvers: {
    Query: {
      hello: (_root, { name }: { name?: string }, _context, { fieldNodes }) => {
        seen.push(fieldNodes)
        return `Hello, ${name ?? 'you'}`
      },
      thing: () => ({ id: 1, name: 'one' }),
    },
  },
})

/** For the n-th run of each of these, how many before it were compiled already. */
async function nodesOf(run: Execute, args: readonly Omit<ExecutionArgs, 'schema'>[]) {
  seen.length = 0
  for (const each of args) await run({ schema, ...each })
  return [...seen]
}

const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value)

describe('an operation', () => {
  test('is compiled when it has come often enough, and not before', async () => {
    const run = createCompiledExecute(schema, { runsBefore: 2 })
    const [first, second, third, fourth] = await nodesOf(run, times(4, { document: parse('{ hello }') }))
    expect(first).not.toBe(second)
    expect(second).not.toBe(third)
    expect(third).toBe(fourth)
  })

  test('is recognised by its document, not by its text', async () => {
    const run = createCompiledExecute(schema, { runsBefore: 1 })
    const args = times(3, '{ hello }').map((text) => ({ document: parse(text) }))
    expect(new Set(await nodesOf(run, args)).size).toBe(3)
  })

  test('is one of several in a document, by its name', async () => {
    const run = createCompiledExecute(schema, { runsBefore: 0 })
    const document = parse('query A { a: hello } query B { b: hello }')
    expect(await run({ schema, document, operationName: 'B' })).toMatchObject({ data: { b: 'Hello, you' } })
    expect(await run({ schema, document, operationName: 'A' })).toMatchObject({ data: { a: 'Hello, you' } })
    for (const operationName of ['C', null]) {
      const args = { schema, document, operationName }
      expect(await run(args)).toEqual(await executeByGraphql(args))
    }
  })

  test('is compiled whatever switches the other operations of its document have', async () => {
    const run = createCompiledExecute(schema, { runsBefore: 0 })
    const document = parse('query A { hello } query B($on: Boolean!) { hello @include(if: $on) }')
    const [first, second] = await nodesOf(run, times(2, { document, operationName: 'A' }))
    expect(first).toBe(second)
  })

  test('is made again when more fields were compiled than are kept', async () => {
    const run = createCompiledExecute(schema, { runsBefore: 0, maxFields: 5 })
    const kept = { document: parse('{ hello }') }
    const large = { document: parse('{ a: hello b: hello c: hello d: hello e: hello }') }
    const [first, second] = await nodesOf(run, [kept, kept])
    expect(first).toBe(second)
    await nodesOf(run, [large])
    const [third] = await nodesOf(run, [kept])
    expect(third).not.toBe(first)
  })

  test('is not made for each run when there are more than are kept', async () => {
    let made = 0
    const gateOf = () => {
      made += 1
      return null
    }
    const gates = { gateOf, passesOf: () => ({}), countOccurrence: () => {} }
    const run = createCompiledExecute(schema, { runsBefore: 3, maxFields: 1, gates })
    await nodesOf(run, times(12, { document: parse('{ a: hello b: hello }') }))
    expect(made).toBe(3 * 2)
  })

  test('is another for each setting of @skip and @include', async () => {
    const run = createCompiledExecute(schema, { runsBefore: 0 })
    const document = parse('query ($on: Boolean!) { hello @include(if: $on) thing @skip(if: $on) { id } }')
    const ask = (on: boolean) => run({ schema, document, variableValues: { on } })
    expect(await ask(true)).toEqual({ data: { hello: 'Hello, you' } })
    expect(await ask(false)).toEqual({ data: { thing: { id: '1' } } })
    expect(await ask(true)).toEqual({ data: { hello: 'Hello, you' } })
  })
})

describe('graphql-js still runs', () => {
  const switches = ['a', 'b', 'c', 'd', 'e']
  const many = `query (${switches.map((name) => `$${name}: Boolean!`).join()}) { ${switches.map((name) => `${name}: hello @include(if: $${name})`).join(' ')} }`
  const cases: readonly [string, Omit<ExecutionArgs, 'schema'>][] = [
    ['introspection', { document: parse(getIntrospectionQuery()) }],
    [
      'a subscription that somebody executes',
      { document: parse('subscription { ticks }'), rootValue: { ticks: 1 } },
    ],
    [
      'operations with many switches',
      { document: parse(many), variableValues: { a: true, b: true, c: true, d: true, e: false } },
    ],
    ['a switch that is no boolean', { document: parse('query ($on: Boolean) { hello @skip(if: $on) }') }],
    ['a switch of the wrong kind', { document: parse('{ hello @skip(if: "yes") }') }],
    ['what brings a resolver along', { document: parse('{ others { id } }'), fieldResolver: () => null }],
    ['an operation that is not there', { document: parse('fragment F on Query { hello }') }],
    ['variables that do not fit', { document: parse('query ($name: String!) { hello(name: $name) }') }],
  ]
  test.each(cases)('%s, to the same answer', async (_, args) => {
    const run = createCompiledExecute(schema, { runsBefore: 0 })
    for (let time = 0; time < 2; time++) {
      expect(await run({ schema, ...args })).toEqual(await executeByGraphql({ schema, ...args }))
    }
  })

  test('what is asked of another schema', async () => {
    const run = createCompiledExecute(schema, { runsBefore: 0 })
    const other = buildSchema('type Query { other: String }')
    const document = parse('{ other }')
    expect(await run({ schema: other, document, rootValue: { other: 'o' } })).toEqual({
      data: { other: 'o' },
    })
  })
})

test('a schema that is not valid is refused at once', () => {
  expect(() => createCompiledExecute(buildSchema('type Thing { id: ID }'))).toThrow('Query root type')
})

/** A document with another text in the place of a name, as nobody can parse it. */
const renamed = (document: DocumentNode, name: string, to: string): DocumentNode =>
  visit(document, { [Kind.NAME]: (node) => (node.value === name ? { ...node, value: to } : undefined) })

test('no text of a document becomes code', async () => {
  const run = createCompiledExecute(schema, { runsBefore: 0 })
  const hostile = [
    '"]; globalThis.taken = 1; ["',
    '`${globalThis.taken = 1}`',
    "\\u0022'\n\u2028//",
    '__proto__',
  ]
  for (const key of hostile) {
    const document = renamed(parse('{ key: thing { key: name inner: __typename } }'), 'key', key)
    const answer = JSON.stringify(await run({ schema, document }))
    expect(answer).toBe(JSON.stringify(await executeByGraphql({ schema, document })))
    expect(answer).toContain('"one"')
  }
  expect(globalThis).not.toHaveProperty('taken')
})

test('a process that must not make code answers all the same', async () => {
  const program = `
    import { parse } from 'graphql'
    import { makeExecutableSchema } from '@graphql-tools/schema'
    import { createCompiledExecute } from ${JSON.stringify(resolve('dist/execution/compiled-execute.js'))}
    const schema = makeExecutableSchema({ typeDefs: 'type Query { a: String b: [Int] }' })
    const run = createCompiledExecute(schema, { runsBefore: 0 })
    const args = { schema, document: parse('{ a b }'), rootValue: { a: 'a', b: [1, 2] } }
    console.log(JSON.stringify([run(args), run(args)]))`
  const flags = ['--disallow-code-generation-from-strings', '--input-type=module', '--eval', program]
  const { stdout } = await promisify(execFile)(process.execPath, flags)
  const answer = { data: { a: 'a', b: [1, 2] } }
  expect(JSON.parse(stdout)).toEqual([answer, answer])
})

type Context = { caller: { id: string; scopes: readonly string[] } }

function loseAll(context: Context): never {
  context.caller = { id: 'somebody', scopes: [] }
  throw new GraphQLError('lost')
}

/** People with a guarded name; `become` changes who is calling, and only then answers. */
function createOffice(onDecision?: (event: DecisionEvent) => void) {
  const authorization = createAuthorization<Context>({
    scopes: { names: {} },
    callerOf: ({ caller }) => caller,
    ...(onDecision && { onDecision }),
  })
  const people = [
    { name: 'Ada', strict: '' },
    { name: 'Bob', strict: '' },
    { name: 'Cyd', strict: '' },
  ]
  const lose = (context: Context) => {
    context.caller = { id: 'somebody', scopes: [] }
    return 'lost'
  }
  /** The second of three takes the right away, in one way or another. */
  const turning: Record<string, (context: Context) => object> = {
    answers: (context) => ({ name: 'Bob', note: () => lose(context) }),
    'answers later': (context) => ({ name: 'Bob', note: async () => lose(context) }),
    throws: (context) => ({ name: 'Bob', note: () => loseAll(context) }),
    fails: (context) => ({ name: 'Bob', strict: () => loseAll(context) }),
    'is a function': (context) =>
      Object.defineProperties(() => {}, { name: { value: 'Bob' }, note: { value: () => lose(context) } }),
    'stands for a promise': (context) => ({
      // oxlint-disable-next-line unicorn/no-thenable -- what graphql-js takes for a promise
      then: (goOn: (person: object) => object) => {
        lose(context)
        return Promise.resolve({ name: 'Bob' }).then(goOn)
      },
    }),
  }
  const office = authorization.protect(
    makeExecutableSchema<Context>({
      typeDefs: [
        authorization.typeDefs,
        `type Query @public { people: [Person!] become(scopes: [String!]!): Becoming later: [Person!] losing: Losing turning(how: String!): [Person] }
         type Becoming @public { people: [Person!] }
         type Losing @public { throws: Int method: Int getter: Int own: String @auth(scopes: ["names"]) unsure: Unsure people: [Person!] lazily: [Person!] ending: [Person!] empty: [Person!] }
         union Unsure @public = Person
         type Person @public { note: String strict: String! name: String @auth(scopes: ["names"]) short(length: Int! = 1): String @auth(scopes: ["names"]) }`,
      ],
      resolvers: {
        Query: {
          people: () => people,
          turning: (_root, { how }: { how: string }, context) => [
            people[0],
            turning[how]?.(context),
            people[2],
          ],
          later: async () => people,
          become: (_root, { scopes }: { scopes: string[] }, context) => {
            context.caller = { id: 'somebody', scopes }
            return { people }
          },
          losing: (_root, _args, context) => ({
            people,
            unsure: {},
            own: 'own',
            method: () => loseAll(context),
            get getter() {
              return loseAll(context)
            },
          }),
        },
        Losing: {
          throws: (_losing, _args, context) => loseAll(context),
          *lazily(_losing: unknown, _args: unknown, context: Context) {
            yield people[0]
            context.caller = { id: 'somebody', scopes: [] }
            yield people[1]
          },
          *ending(_losing: unknown, _args: unknown, context: Context) {
            yield people[0]
            lose(context)
          },
          // An array that brings its own items.
          empty: (_losing, _args, context) =>
            Object.assign([], {
              *[Symbol.iterator]() {
                yield people[0]
                lose(context)
              },
            }),
        },
        Unsure: { __resolveType: (_value: unknown, context: Context) => loseAll(context) },
      },
    }),
  )
  const compiled = createCompiledExecute(office, { runsBefore: 0, gates: authorization.gates })
  const ask = async (run: Execute, source: string, scopes: readonly string[]) => {
    const contextValue = { caller: { id: 'somebody', scopes } }
    const args = { schema: office, document: parse(source), contextValue, variableValues: { length: null } }
    return JSON.parse(JSON.stringify(await run(args)))
  }
  return { compiled, ask }
}

describe('the gates of guards', () => {
  const names = (list: readonly (string | null)[]) => list.map((name) => ({ name }))
  const all = names(['Ada', 'Bob', 'Cyd'])
  const none = names([null, null, null])

  test.each([
    ['lost', ['names'], [], all, none],
    ['gained', [], ['names'], none, all],
  ] as const)(
    'are read again when code has run: a right that was %s on the way counts',
    async (_, from, to, before, after) => {
      const { compiled, ask } = createOffice()
      const source = `{ people { name } become(scopes: ${JSON.stringify(to)}) { people { name } } later { name } }`
      const answer = await ask(compiled, source, from)
      expect(answer).toEqual(await ask(executeByGraphql, source, from))
      expect(answer.data).toEqual({ people: before, become: { people: after }, later: after })
    },
  )

  test.each([
    ['a resolver that throws', '{ losing { throws people { name } } }'],
    ['a type resolver that throws', '{ losing { unsure { __typename } people { name } } }'],
    ['an iterable, between two items', '{ losing { lazily { name } } }'],
    ['an iterable, after its last item', '{ losing { ending { name } people { name } } }'],
    ['an array with an iterator of its own', '{ losing { empty { name } people { name } } }'],
  ])('are read again when a right was lost by %s', async (_, source) => {
    const { compiled, ask } = createOffice()
    const answer = await ask(compiled, source, ['names'])
    expect(answer).toEqual(await ask(executeByGraphql, source, ['names']))
    expect(answer.errors.at(-1)).toMatchObject({ extensions: { coordinate: 'Person.name' } })
  })

  test.each(['throws', 'method', 'getter'])(
    'are read again within one object: what comes before `%s` is answered, and what comes after it is not',
    async (losing) => {
      const { compiled, ask } = createOffice()
      const source = `{ losing { before: own ${losing} own } }`
      const answer = await ask(compiled, source, ['names'])
      expect(answer).toEqual(await ask(executeByGraphql, source, ['names']))
      expect(answer.data).toEqual({ losing: { before: 'own', [losing]: null, own: null } })
    },
  )

  test.each(['answers', 'answers later', 'throws', 'fails', 'is a function', 'stands for a promise'])(
    'are read again within a list, where an item that %s takes the right away',
    async (how) => {
      const { compiled, ask } = createOffice()
      const source = `{ turning(how: "${how}") { before: name note ${how === 'fails' ? 'strict' : ''} name } }`
      const answer = await ask(compiled, source, ['names'])
      expect(answer).toEqual(await ask(executeByGraphql, source, ['names']))
      const { turning } = answer.data
      expect(turning[0]).toMatchObject({ before: 'Ada', name: 'Ada' })
      expect(turning[1]?.name ?? null).toBeNull()
      expect(turning[2]).toMatchObject({ before: null, name: null })
    },
  )

  test('stay closed while decisions are counted: each guard counts its own', async () => {
    const events: DecisionEvent[] = []
    const { compiled, ask } = createOffice((event) => events.push(event))
    await ask(executeByGraphql, '{ people { name } }', ['names'])
    const expected = events.splice(0)
    await ask(compiled, '{ people { name } }', ['names'])
    expect(events).toEqual(expected)
    expect(events.filter(({ coordinate }) => coordinate === 'Person.name').length).toBe(3)
  })

  test('of root fields are closed within a mutation, which is refused as a whole', async () => {
    const authorization = createAuthorization<Context>({
      scopes: { one: {}, two: {} },
      callerOf: ({ caller }) => caller,
    })
    const house = authorization.protect(
      makeExecutableSchema<Context>({
        typeDefs: [
          authorization.typeDefs,
          `type Query @public { one: Int @auth(scopes: ["one"]) two: Int @auth(scopes: ["two"]) }
           type Mutation @public { leave: Leaving }
           type Leaving @public { query: Query }`,
        ],
        resolvers: {
          Query: { one: () => 1, two: () => 2 },
          Mutation: {
            leave: (_root, _args, context) => {
              context.caller = { id: 'somebody', scopes: ['one'] }
              return { query: {} }
            },
          },
        },
      }),
    )
    const compiled = createCompiledExecute(house, { runsBefore: 0, gates: authorization.gates })
    const document = parse('mutation { leave { query { one two } } }')
    const ask = async (run: Execute) => {
      const contextValue = { caller: { id: 'somebody', scopes: ['one', 'two'] } }
      return JSON.parse(JSON.stringify(await run({ schema: house, document, contextValue })))
    }
    const answer = await ask(compiled)
    expect(answer).toEqual(await ask(executeByGraphql))
    expect(answer.data).toEqual({ leave: { query: { one: null, two: null } } })
  })

  test('refuse no item whose arguments do not fit: that is an error of each', async () => {
    const { compiled, ask } = createOffice()
    const source = 'query ($length: Int) { people { short(length: $length) } }'
    const answer = await ask(compiled, source, [])
    expect(answer).toEqual(await ask(executeByGraphql, source, []))
    expect(answer.errors.length).toBe(3)
  })

  test('count the items that a refusal stands for', async () => {
    const { compiled, ask } = createOffice()
    const { errors } = await ask(compiled, '{ people { name } later { name } }', [])
    expect(errors).toMatchObject([
      { path: ['people', 0, 'name'], extensions: { coordinate: 'Person.name', occurrences: 3 } },
      { path: ['later', 0, 'name'], extensions: { coordinate: 'Person.name', occurrences: 3 } },
    ])
  })
})

/** A proxy that answers when it is asked for a property, and says that it has none. */
const answering = (name: string | symbol, value: unknown) =>
  new Proxy({}, { get: (_target, asked) => (asked === name ? value : undefined) })

describe('what graphql-js does, a compiled operation does', () => {
  /** Both executors' answers to one question, and a compiled one twice. */
  async function askBoth(typeDefs: string, source: string, args: () => Partial<ExecutionArgs>) {
    const simple = makeExecutableSchema({ typeDefs })
    const compiled = createCompiledExecute(simple, { runsBefore: 0 })
    const answers = []
    for (const run of [executeByGraphql, compiled, compiled]) {
      answers.push(JSON.stringify(await run({ schema: simple, document: parse(source), ...args() })))
    }
    return answers
  }

  const cases: readonly [string, string, string, () => Partial<ExecutionArgs>][] = [
    [
      'arguments that do not fit are an error, also of a field that is only read',
      'type Query { read(x: Int! = 3): String }',
      'query ($x: Int) { read(x: $x) }',
      () => ({ rootValue: { read: 'read' }, variableValues: { x: null } }),
    ],
    [
      'promises and lists are told by what they answer, so that proxies can be such',
      'type Query { word: String words: [String] }',
      '{ word words }',
      () => ({
        rootValue: {
          word: answering('then', (done: (word: string) => void) => done('word')),
          words: answering(Symbol.iterator, () => ['a', 'b'].values()),
        },
      }),
    ],
    [
      'a selection that cannot be read is an error of each item',
      'type Query { boxes: [Box] } type Box { name: String }',
      '{ boxes { name @skip(if: "no boolean") } }',
      () => ({ rootValue: { boxes: [{}, new Error('own'), {}] } }),
    ],
    [
      'an array may bring an iterator of its own, and more than it holds',
      'type Query { boxes: [Box] } type Box { name: String }',
      '{ boxes { name } }',
      () => ({
        rootValue: { boxes: Object.assign([], { [Symbol.iterator]: () => [{ name: 'a' }].values() }) },
      }),
    ],
    [
      'a selection that failed is not waited for when what it waits on has failed too',
      'type Query { box: Box } type Box { never: Int bad: Int! now: Int! }',
      '{ box { never bad now } }',
      () => ({
        rootValue: {
          box: {
            never: deferred<number>().promise,
            bad: async () => {
              throw new Error('bad')
            },
            now: () => {
              throw new Error('now')
            },
          },
        },
      }),
    ],
    [
      'selection sets may be of any width',
      'type Query { box: Box } type Box { id: ID }',
      `{ box { ${times(70_000, 'id')
        .map((name, at) => `id${at}: ${name}`)
        .join(' ')} } }`,
      () => ({ rootValue: { box: { id: 1 } } }),
    ],
    ...[true, false].map((on): (typeof cases)[number] => [
      `a variable of @include may have the name of something else that objects have: ${String(on)}`,
      'type Query { thing: Thing } type Thing { a: Int b: Int }',
      'query ($__proto__: Boolean!) { thing { a @include(if: $__proto__) b } }',
      () => ({ rootValue: { thing: { a: 1, b: 2 } }, variableValues: { ['__proto__']: on } }),
    ]),
  ]
  test.each(cases)('%s', async (_, typeDefs, source, args) => {
    const [expected, ...answers] = await askBoth(typeDefs, source, args)
    expect(answers).toEqual([expected, expected])
  })
})

test('type resolvers of items are told of the list: one info for all, with its path', async () => {
  const told = new Set<GraphQLResolveInfo>()
  const tell = (info: GraphQLResolveInfo) => Boolean(told.add(info))
  const listed = makeExecutableSchema({
    typeDefs:
      'type Query { anys: [[Any]] boxes: [Box] } union Any = Box | Bag type Box { id: ID } type Bag { id: ID }',
    resolvers: {
      Any: {
        __resolveType: (_value: unknown, _context: unknown, info: GraphQLResolveInfo) => tell(info) && 'Bag',
      },
      Box: { __isTypeOf: (_value: unknown, _context: unknown, info: GraphQLResolveInfo) => tell(info) },
    },
  })
  const run = createCompiledExecute(listed, { runsBefore: 0 })
  const rootValue = { anys: [[{}, {}], [{}]], boxes: [{}, {}] }
  await run({ schema: listed, document: parse('{ anys { __typename } boxes { id } }'), rootValue })
  expect([...told].map(({ path }) => path)).toEqual([
    { prev: undefined, key: 'anys', typename: 'Query' },
    { prev: undefined, key: 'boxes', typename: 'Query' },
  ])
})

test('a property is read as often as graphql-js reads it: once, and twice for a method', () => {
  const simple = makeExecutableSchema({ typeDefs: 'type Query { plain: Int method: Int }' })
  const run = createCompiledExecute(simple, { runsBefore: 0 })
  const read: string[] = []
  const rootValue = {
    get plain() {
      read.push('plain')
      return 1
    },
    get method() {
      read.push('method')
      return () => read.length
    },
  }
  const args = { schema: simple, document: parse('{ plain method }'), rootValue }
  expect(run(args)).toEqual({ data: { plain: 1, method: 3 } })
  expect(read.splice(0)).toEqual(['plain', 'method', 'method'])
  expect(executeByGraphql(args)).toEqual({ data: { plain: 1, method: 3 } })
})

test('what fails after its place is null already is nobody to tell of', async () => {
  const late = deferred<string>()
  const failing = makeExecutableSchema({
    typeDefs: 'type Query { box: Box } type Box { now: String! later: String }',
    resolvers: {
      Box: {
        now: async () => {
          throw new GraphQLError('now')
        },
        later: () => late.promise,
      },
    },
  })
  const run = createCompiledExecute(failing, { runsBefore: 0 })
  const answer = await run({
    schema: failing,
    document: parse('{ box { later now } }'),
    rootValue: { box: {} },
  })
  late.reject(new GraphQLError('later'))
  await expect(late.promise).rejects.toThrow('later')
  expect(answer).toMatchObject({ data: { box: null }, errors: [{ message: 'now' }] })
  expect(answer.errors?.length).toBe(1)
})
