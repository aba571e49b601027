import { buildSchema, type DefinitionNode, type DocumentNode, execute, Kind, parse, visit } from 'graphql'
import { describe, expect, test, vi } from 'vitest'
import { createAuthorization, type Credential, type Introspection } from '../../src/authorization/index.js'
import { ask, askBare, createSubject, holding, scopes, type TestContext } from './doors.js'

const sdl = /* GraphQL */ `
  interface Node @public { id: ID! }
  type User implements Node @auth { id: ID! email: String @auth(scopes: ["email"]) self: User node: Node }
  type Post implements Node @public { id: ID! user: User }
  interface Closed @public { id: ID! }
  type Vault implements Closed @auth(scopes: ["admin"]) { id: ID! }
  union Any @public = User | Post
  type Query {
    me: User
    user: User
    open: String @public
    node: Node @public
    closed: Closed @public
    any: Any @public
    list(first: Int @auth(scopes: ["read"])): [User]
    self: Query @public
  }
  type Mutation { purge: String @auth(scopes: ["admin"]) }
`
const subject = () => createSubject(sdl, { Query: { self: () => ({}), me: () => ({ id: '1' }) } })

const plan = (document: string, caller: Credential = holding(), variables = {}, operationName?: string) =>
  subject().authorization.plan(parse(document), operationName, variables, caller)
const refused = (...args: Parameters<typeof plan>) => plan(...args).refusals.map(({ path }) => path.join('.'))

describe('a plan', () => {
  test('names what is refused, where, why, and what would do', () => {
    expect(plan('{ me { e: email } open }')).toMatchObject({
      verdict: 'deny',
      status: 200,
      refusals: [{ coordinate: 'User.email', path: ['me', 'e'], code: 'FORBIDDEN', required: [['email']] }],
    })
    expect(plan('{ me { email } open }', holding('email'))).toMatchObject({
      verdict: 'allow',
      status: 200,
      refusals: [],
    })
  })

  test('looks through fragments, aliases, cycles and types that implement the condition', () => {
    expect(refused('{ me { ... on Node { ...F } } } fragment F on User { email ...F }')).toEqual(['me.email'])
    expect(refused('{ me { ... { email } } }')).toEqual(['me.email'])
    expect(
      refused('{ node { ...F } } fragment F on Node { ... on User { a: email } ... on Node { id } }'),
    ).toEqual(['node.a'])
    expect(refused('{ any { ... on User { email } ... on Post { user { email } } } }')).toEqual([
      'any.email',
      'any.user.email',
    ])
  })

  test('passes over fragments that can never apply, are unknown, or are on things that do not exist', () => {
    expect(plan('{ me { ... on Post { user { email } } ...Gone ... on Nothing { email } } }').verdict).toBe(
      'allow',
    )
    expect(plan('{ nothing { email } }').verdict).toBe('allow')
    expect(refused('{ me { ... on Post { email } } }')).toEqual([])
    const closed = createSubject(sdl, {}, { introspection: 'off' })
    const document = parse('{ open nothing { email } ... on Post { __schema { description } } }')
    expect(closed.authorization.plan(document, null, {}, holding())).toMatchObject({
      status: 200,
      refusals: [],
    })
    expect(plan('subscription { open }').verdict).toBe('allow')
  })

  test('asks where the type is known only at run time, and denies where every type is refused', () => {
    expect(plan('{ node { id } }', null)).toMatchObject({ verdict: 'ask', status: 200, refusals: [] })
    expect(plan('{ node { id } }', holding()).verdict).toBe('allow')
    expect(plan('{ closed { id } }', holding())).toMatchObject({ verdict: 'deny', status: 403 })
    expect(plan('{ closed { __typename } open }', null)).toMatchObject({ verdict: 'deny', status: 200 })
  })

  test('leaves a refused field alone: what lies below it is not asked', () => {
    expect(refused('{ me { email self { email } } }', null)).toEqual(['me'])
  })

  test('counts guarded arguments', () => {
    expect(plan('{ list(first: 1) { id } open }')).toMatchObject({
      refusals: [{ coordinate: 'Query.list(first:)', path: ['list'] }],
    })
    expect(refused('query ($n: Int) { list(first: $n) { id } }')).toEqual([])
    expect(refused('query ($n: Int) { list(first: $n) { id } }', holding(), { n: 1 })).toEqual(['list'])
  })

  test('is of the operation that was named; one that is not there has nothing to refuse', () => {
    const two = 'query A { open } query B { me { id } }'
    expect(plan(two, null, {}, 'A').status).toBe(200)
    expect(plan(two, null, {}, 'B').status).toBe(401)
    expect(plan(two, null).verdict).toBe('allow')
    expect(plan(two, null, {}, 'C').verdict).toBe('allow')
    expect(plan('fragment F on Query { open }', null).verdict).toBe('allow')
  })

  test('is made once for a document, a caller and a setting of its switches', () => {
    const document = parse(
      'query ($s: Boolean = true, $i: Boolean!) { a: me @skip(if: $s) { email } open @include(if: $i) }',
    )
    const { authorization } = subject()
    const made = (caller: Credential, variables = {}) => authorization.plan(document, null, variables, caller)
    expect(made(holding())).toBe(made(holding()))
    expect(made(holding())).not.toBe(made(holding('email')))
    expect(made(holding(), { s: false })).not.toBe(made(holding(), { s: true }))
    expect(made(holding(), { s: 'default' })).not.toBe(made(holding()))
    const first = made(holding(), { s: false })
    expect(made(holding(), { s: true })).not.toBe(first)
    expect(made(holding(), { s: false })).toBe(first)
    expect(made(holding(), { s: 'text' })).toBe(made(holding(), { s: 'other text' }))
    const status = (error: 'invalid_token' | 'invalid_request') =>
      made({ error, description: '' }, { s: false }).status
    expect([status('invalid_token'), status('invalid_request'), status('invalid_token')]).toEqual([
      401, 400, 401,
    ])
  })

  test.each([
    ['an argument', 'a(in: $in)'],
    ['a list', 'a(list: [{ open: 1 }, $in])'],
    ['a field', 'a(in: { open: 1, inner: $in })'],
    ['a list in a field', 'a(in: { list: [$in] })'],
  ])('does not outlive the variables that it has read: %s', (_, field) => {
    const { authorization } = createSubject(`
      input In { open: Int closed: Int @auth(scopes: ["read"]) inner: In list: [In] }
      type Query { a(in: In, list: [In]): Int @public }`)
    const document = parse(`query ($in: In) { ${field} }`)
    const verdictWith = (variables: Record<string, unknown>) =>
      authorization.plan(document, null, variables, holding()).verdict
    expect(verdictWith({ in: { open: 1 } })).toBe('allow')
    expect(verdictWith({ in: { closed: 1 } })).toBe('deny')
    expect(verdictWith({ in: { open: 2 } })).toBe('allow')
  })

  test('keeps a bounded number of settings', () => {
    const it = subject()
    const names = Array.from({ length: 8 }, (_, at) => `v${at}`)
    const document = parse(
      `query (${names.map((name) => `$${name}: Boolean!`).join()}) { ${names.map((name) => `${name}: open @skip(if: $${name})`).join(' ')} }`,
    )
    const settings = (bits: number) =>
      Object.fromEntries(names.map((name, at) => [name, (bits & (1 << at)) !== 0]))
    const first = it.authorization.plan(document, null, settings(0), null)
    expect(it.authorization.plan(document, null, settings(0), null)).toBe(first)
    for (let bits = 1; bits < 70; bits++) it.authorization.plan(document, null, settings(bits), null)
    expect(it.authorization.plan(document, null, settings(0), null)).not.toBe(first)
  })

  test('of thirty fragments that each spread the next twice looks at each once', () => {
    const fragments = Array.from(
      { length: 30 },
      (_, at) => `fragment F${at} on User { a: self { ...F${at + 1} } b: self { ...F${at + 1} } }`,
    )
    const document = `{ me { ...F0 } } ${fragments.join(' ')} fragment F30 on User { email }`
    expect(plan(document).decisions).toHaveLength(62)
    expect(refused(document)).toHaveLength(1)
  })
})

describe('arguments that an implementer guards by itself', () => {
  const inferiors = () =>
    createSubject(/* GraphQL */ `
    interface I @public { s(x: Int): Int  t(x: Int): Int }
    type A implements I @public { s(x: Int @auth(scopes: ["read"])): Int  t(x: Int @auth(scopes: ["read"])): Int }
    type B implements I @public { s(x: Int): Int  t(x: Int @auth(scopes: ["email"])): Int }
    type Query { i: I @public }
  `)
  const verdict = (text: string, variables: Record<string, unknown>, ...held: string[]) =>
    inferiors().authorization.plan(parse(text), null, variables, holding(...held)).verdict

  test('are asked about until the type is known, and denied where no type would take them', () => {
    expect(verdict('{ i { s(x: 1) } }', {})).toBe('ask')
    expect(verdict('{ i { s(x: 1) } }', {}, 'read')).toBe('allow')
    expect(verdict('{ i { t(x: 1) } }', {})).toBe('deny')
    expect(verdict('{ i { t(x: 1) } }', {}, 'read')).toBe('ask')
    expect(verdict('query ($x: Int) { i { t(x: $x) } }', {})).toBe('allow')
    expect(verdict('query ($x: Int) { i { t(x: $x) } }', { x: null })).toBe('deny')
    expect(verdict('{ i { s } }', {})).toBe('allow')
  })
})

test('a document that repeats a name is read as execution reads it', () => {
  const decided = (text: string, name: string | null = null) =>
    subject()
      .authorization.plan(parse(text), name, {}, null)
      .refusals.map(({ coordinate }) => coordinate)
  expect(decided('query A { open } query A { me { id } }', 'A')).toEqual(['Query.me'])
  expect(decided('{ me @include(if: true) @include(if: false) { id } }')).toEqual(['Query.me'])
  expect(decided('{ me @skip(if: false) @skip(if: true) { id } }')).toEqual(['Query.me'])
  expect(decided('{ me @include(if: false, if: true) { id } }')).toEqual(['Query.me'])
  expect(decided('query ($v: Boolean = false, $v: Boolean = true) { me @include(if: $v) { id } }')).toEqual([
    'Query.me',
  ])
})

describe('@skip and @include', () => {
  test.each([
    ['{ me { email @skip(if: true) } }', {}, []],
    ['{ me { email @skip(if: false) } }', {}, ['me.email']],
    ['{ me { email @include(if: false) } }', {}, []],
    ['query ($v: Boolean!) { me { email @include(if: $v) } }', { v: true }, ['me.email']],
    ['query ($v: Boolean!) { me { email @include(if: $v) } }', { v: false }, []],
    ['query ($v: Boolean!) { me { email @skip(if: $v) } }', { v: true }, []],
    ['query ($v: Boolean = true) { me { email @skip(if: $v) } }', {}, []],
    ['query ($v: Boolean = true) { me { email @skip(if: $v) } }', { v: false }, ['me.email']],
    ['query ($v: Boolean) { me { email @skip(if: $v) @include(if: $v) } }', {}, ['me.email']],
    ['query ($v: Boolean!) { me { ...F @include(if: $v) } } fragment F on User { email }', { v: false }, []],
    ['query ($v: Boolean!) { me { ... @skip(if: $v) { email } } }', { v: true }, []],
    ['query { me { email @skip @other(if: true) } }', {}, ['me.email']],
    ['{ me { email @skip(if: false, unless: true) } }', {}, ['me.email']],
  ])('%s with %o refuses %o', (document, variables, expected) => {
    expect(refused(document, holding(), variables)).toEqual(expected)
  })
})

describe('names of JavaScript itself', () => {
  const names = ['__proto__', 'constructor', 'hasOwnProperty', 'toString', 'valueOf']

  test('are plain names as alias, variable and operation', async () => {
    for (const name of names) {
      const question = { document: `query ($${name}: Int) { ${name}: list(first: $${name}) { id } }` }
      const variables = JSON.parse(`{ "${name}": 1 }`)
      expect(refused(question.document, holding(), variables)).toEqual([name])
      expect(refused(question.document, holding(), {})).toEqual([])
      expect(plan(`query Q { open }`, null, {}, name).verdict).toBe('allow')
    }
  })

  test('are plain names as type, field, argument, enum value, scope and policy', async () => {
    for (const name of names.filter((each) => !each.startsWith('__'))) {
      const own = createSubject(
        `enum E { ${name} @auth(scopes: ["${name}"]) }
         type ${name} @auth(scopes: ["${name}"]) { ${name}(${name}: E): String @auth(policies: ["${name}"]) }
         type Query { ${name}: ${name} }`,
        {},
        { scopes: { [name]: {} }, policies: { [name]: { check: () => false } } },
      )
      const document = `{ ${name} { ${name}(${name}: ${name}) } }`
      expect(own.authorization.plan(parse(document), null, {}, holding()).status).toBe(403)
      expect(own.authorization.plan(parse(document), null, {}, holding(name)).verdict).toBe('ask')
    }
  })

  test('held as scopes give nothing', () => {
    expect(refused('{ me { email } }', { id: '1', scopes: names })).toEqual(['me.email'])
  })
})

describe('who is calling', () => {
  test.each<[string, unknown]>([
    ['undefined', undefined],
    ['a string', 'admin'],
    ['a promise', Promise.resolve({ id: '1', scopes: ['email'] })],
    ['somebody without id', { scopes: ['email'] }],
    ['somebody with an empty id', { id: '', scopes: ['email'] }],
    ['scopes in one string', { id: '1', scopes: 'email' }],
    ['no scopes', { id: '1' }],
    ['scopes in a map', { id: '1', scopes: new Map([['email', 1]]) }],
  ])('%s is nobody', (_, caller) => {
    const { status } = subject().authorization.plan(parse('{ me { email } }'), null, {}, caller as Credential)
    expect(status).toBe(401)
  })

  test('a number names somebody, too', () => {
    const caller: unknown = { id: 1, scopes: ['email'] }
    expect(plan('{ me { email } }', caller as Credential).verdict).toBe('allow')
    const flag: unknown = { id: true, scopes: ['email'] }
    expect(plan('{ me { email } }', flag as Credential).status).toBe(401)
  })

  test('scopes may be a list, and what is no string in it counts for nothing', () => {
    expect(refused('{ me { email } }', { id: '1', scopes: ['email'] })).toEqual([])
    expect(refused('{ me { email } }', { id: '1', scopes: [1, null, ['email']] as never })).toEqual([
      'me.email',
    ])
  })

  test('a set that was changed in place counts at once', () => {
    const caller = holding('email')
    expect(refused('{ me { email } }', caller)).toEqual([])
    caller.scopes.delete('email')
    expect(refused('{ me { email } }', caller)).toEqual(['me.email'])
  })

  test('scopes that cannot be read give nothing, however often they are looked at', () => {
    class Unreadable extends Set<string> {
      override [Symbol.iterator](): never {
        throw new Error('Unreadable')
      }
    }
    const { authorization } = subject()
    const document = parse('{ me { email } }')
    const statusFor = (caller: Credential) => authorization.plan(document, null, {}, caller).status
    const unreadable = { id: 'other', scopes: new Unreadable() }
    Set.prototype.add.call(unreadable.scopes, 'other')
    expect(statusFor(holding('email'))).toBe(200)
    expect([statusFor(unreadable), statusFor(unreadable)]).toEqual([401, 401])
  })

  test('many different sets of scopes are kept in bounds, and judged rightly all the same', () => {
    const names = Array.from({ length: 11 }, (_, at) => `s${at}`)
    const own = createSubject(
      'type Query { a: Int @auth(scopes: ["s0"]) }',
      {},
      { scopes: Object.fromEntries(names.map((name) => [name, {}])) },
    )
    const document = parse('{ a }')
    const planFor = (bits: number) =>
      own.authorization.plan(document, null, {}, holding(...names.filter((_, at) => bits & (1 << at))))
    const first = planFor(0)
    for (let bits = 1; bits < 1024; bits++) expect(planFor(bits).status).toBe(bits & 1 ? 200 : 403)
    expect(planFor(0)).toBe(first)
    const second = planFor(1)
    expect(planFor(1024).status).toBe(403)
    expect(planFor(1)).toBe(second)
    expect(planFor(0)).not.toBe(first)
  })
})

describe('hooks of the host', () => {
  const failing = () => {
    throw new Error('secret detail')
  }

  test('that throw deny, are reported, and say nothing to the client', async () => {
    const onFailure = vi.fn()
    const own = createSubject('type Query { a: Int @auth }', {}, { callerOf: failing, onFailure })
    const result = await ask(own, { document: '{ a }' })
    expect(result.errors?.[0]?.message).toBe('Sign in to do this.')
    expect(onFailure).toHaveBeenCalledWith(expect.objectContaining({ source: 'callerOf' }))
    const deaf = createSubject('type Query { a: Int @auth }', {}, { callerOf: failing, onFailure: failing })
    expect((await askBare(deaf, { document: '{ a }' })).data).toEqual({ a: null })
  })

  test('are told to `onFailure`, each by its name and with what it threw', async () => {
    const onFailure = vi.fn()
    for (const hooks of [{ modeOf: failing }, { callerOf: failing, onDecision: failing }]) {
      const it = createSubject('type Query { a: Int @auth }', {}, { ...hooks, onFailure })
      expect((await askBare(it, { document: '{ a }' })).data).toEqual({ a: null })
    }
    const told = onFailure.mock.calls.map(
      ([{ source, name, cause }]) => `${source} ${name}: ${cause.message}`,
    )
    expect(new Set(told)).toEqual(
      new Set([
        'modeOf modeOf: secret detail',
        'callerOf callerOf: secret detail',
        'onDecision Query.a: secret detail',
      ]),
    )
  })

  test('a mode that cannot be read is `reject`, one that makes no sense is the configured one', async () => {
    const document = '{ open: a b }'
    const schema = 'type Query { a: Int @public b: Int @auth }'
    const strict = createSubject(schema, {}, { modeOf: failing })
    expect(await ask(strict, { document })).not.toHaveProperty('data')
    const senseless = createSubject(schema, {}, { modeOf: () => 'observe' as never })
    expect((await ask(senseless, { document })).errors).toMatchObject([{ path: ['b'] }])
    const lenient = createSubject(schema, {}, { mode: 'reject', modeOf: () => 'partial' })
    expect(await ask(lenient, { document })).toMatchObject({ data: { b: null } })
    const observing = createSubject(schema, {}, { mode: 'observe', modeOf: () => 'reject' })
    expect((await ask(observing, { document })).errors).toBeUndefined()
  })

  test('decisions are told by plan and guard, and a listener that throws changes nothing', async () => {
    const onDecision = vi.fn()
    const sdlOfOne = 'type Query { a: Int @auth(scopes: ["read"]) b: Int @public }'
    await ask(createSubject(sdlOfOne, {}, { onDecision }), { document: '{ a b }', caller: holding('read') })
    expect(onDecision.mock.calls.map(([event]) => event)).toEqual([
      { coordinate: 'Query.a', verdict: 'allow', phase: 'plan' },
      { coordinate: 'Query.b', verdict: 'allow', phase: 'plan' },
      { coordinate: 'Query.a', verdict: 'allow', phase: 'guard' },
    ])
    onDecision.mockClear()
    const asking = createSubject(
      'type Query { a: Int @auth(policies: ["yes"]) b: Int @auth(policies: ["no"]) }',
      {},
      {
        onDecision,
        policies: {
          yes: { dependsOn: 'request', check: () => true },
          no: { dependsOn: 'request', check: () => false },
        },
      },
    )
    await askBare(asking, { document: '{ a b }', caller: holding() })
    expect(onDecision.mock.calls.map(([event]) => event)).toEqual([
      { coordinate: 'Query.a', verdict: 'ask', phase: 'guard' },
      { coordinate: 'Query.a', verdict: 'allow', phase: 'policy' },
      { coordinate: 'Query.b', verdict: 'ask', phase: 'guard' },
      { coordinate: 'Query.b', verdict: 'deny', phase: 'policy' },
    ])
    const loud = createSubject(sdlOfOne, { Query: { a: () => 1 } }, { onDecision: failing })
    expect((await ask(loud, { document: '{ a }', caller: holding('read') })).data).toEqual({ a: 1 })
  })
})

test('a document whose fragments were replaced is read again', async () => {
  const own = subject()
  const contextValue = { caller: holding() }
  const before = parse('mutation { ...F } fragment F on Mutation { __typename }')
  await execute({ schema: own.schema, document: before, contextValue })
  const after = visit(before, {
    FragmentDefinition: (node) => ({
      ...node,
      selectionSet: parse('{ purge }').definitions[0]?.['selectionSet' as never] as never,
    }),
  })
  const result = await execute({ schema: own.schema, document: after, contextValue })
  expect(result.errors).toHaveLength(1)
})

test('a query nested in a query is guarded like the root', async () => {
  const result = await askBare(subject(), { document: '{ self { me { id } open } }' })
  expect(result.data).toEqual({ self: { me: null, open: null } })
})

describe('a fragment inside an abstract type', () => {
  const hidden = /* GraphQL */ `
    interface Open { id: ID @public }
    interface Closed { secret: String @auth(scopes: ["admin"]) }
    type Both implements Open & Closed @public { id: ID secret: String }
    union Only @public = Both
    type Query { open: Open @public only: Only @public }
    type Mutation { open: Open @public only: Only @public }
  `
  test.each([
    '{ only { ... on Both { secret } } }',
    '{ only { ... on Closed { secret } } }',
    '{ open { ... on Both { secret } } }',
    '{ open { ... on Closed { secret } } }',
    '{ open { ... on Only { ... on Closed { secret } } } }',
  ])('is planned by the fields that it has, though every possible type is one: %s', (selection) => {
    const { authorization } = createSubject(hidden)
    expect(authorization.plan(parse(selection), null, {}, holding()).verdict).toBe('deny')
    expect(authorization.plan(parse(`mutation ${selection}`), null, {}, holding()).status).toBe(403)
  })
})

test('an implementer that lacks a field, which no validation has seen, is passed over', () => {
  const authorization = createAuthorization<TestContext>({ scopes, callerOf: ({ caller }) => caller })
  const broken = buildSchema(
    `${authorization.typeDefs}
     interface Item @public { a: Int b: Int }
     type Whole implements Item { a: Int @auth(scopes: ["read"]) b: Int @auth(scopes: ["read"]) }
     type Short implements Item { b: Int @public }
     type Query { item: Item @public }`,
    { assumeValid: true },
  )
  authorization.protect(broken)
  const verdictOn = (field: string) =>
    authorization.plan(parse(`{ item { ${field} } }`), null, {}, holding()).verdict
  expect([verdictOn('a'), verdictOn('b')]).toEqual(['deny', 'ask'])
})

test('a fragment on a root that the schema has not asks nothing', () => {
  const { authorization } = createSubject('type Query { a: Int @auth }')
  const document = parse('mutation { ... { a } ... on Query { a } }')
  expect(authorization.plan(document, null, {}, null)).toMatchObject({ verdict: 'allow', decisions: [] })
})

test('a fragment on an interface inside an object is planned by the fields of the object', () => {
  const { authorization } = createSubject(`
    interface Node @public { id: ID }
    type User implements Node @public { id: ID @auth(scopes: ["read"]) }
    type Open implements Node @public { id: ID }
    type Query { user: User @public }`)
  const found = authorization.plan(parse('{ user { ... on Node { id } } }'), null, {}, holding())
  expect(found.refusals).toMatchObject([{ coordinate: 'User.id', path: ['user', 'id'] }])
})

test('a rule that looks at the value is asked about at the field that returns it', () => {
  const { authorization } = createSubject(
    `type Draft @auth(policies: ["owns"]) { id: ID }
     type Other @public { id: ID }
     union Item @auth(policies: ["owns"]) = Draft | Other
     type Query { draft: Draft @auth(scopes: ["read"]) item: Item }`,
    {},
    { policies: { owns: { dependsOn: 'parent', check: () => true } } },
  )
  const decided = (document: string, ...held: string[]) =>
    authorization.plan(parse(document), null, {}, holding(...held)).decisions.map(({ verdict }) => verdict)
  expect(decided('{ draft { __typename } item { __typename } }', 'read')).toEqual(['ask', 'ask'])
  expect(decided('{ draft { __typename } }')).toEqual(['deny'])
})

describe('a plan of one of several types', () => {
  const several = () =>
    createSubject(`
    type Open @public { id: ID }
    type Closed @auth(scopes: ["read"]) { id: ID }
    type Shut @auth(scopes: ["admin"]) { id: ID }
    union Some @public = Open | Closed
    union None @public = Closed | Shut
    type Query { some: Some @public none: None @public }`)

  test('says what the first guarded one asks', () => {
    const { fields } = several().authorization.explain(parse('{ some { __typename } }'), holding())
    expect(fields).toMatchObject([{ verdict: 'ask', requirement: 'read' }])
  })

  test('says what would do where each is refused', () => {
    const { refusals } = several().authorization.plan(parse('{ none { __typename } }'), null, {}, holding())
    expect(refusals).toMatchObject([{ path: ['none'], required: [['read']] }])
  })
})

describe('a plan of introspection', () => {
  const planned = (introspection: Introspection, document: string, caller: Credential = holding()) =>
    createSubject('type Query { open: Int @public }', {}, { introspection }).authorization.plan(
      parse(document),
      null,
      {},
      caller,
    )
  const mixed = '{ open s: __schema { description } }'

  test('lets it stand beside other fields, unless the schema is another for each caller', () => {
    expect(planned('full', mixed)).toMatchObject({ verdict: 'allow', status: 200, introspects: 'yes' })
    expect(planned('full', '{ open }').introspects).toBe('no')
    expect(planned('filtered', '{ s: __schema { description } }')).toMatchObject({
      status: 200,
      decisions: [{ coordinate: 'Query.__schema', verdict: 'allow' }],
    })
    expect(planned('filtered', mixed)).toMatchObject({
      status: 403,
      refusals: [{ coordinate: 'Query.__schema', path: ['s'], code: 'FORBIDDEN', required: [] }],
    })
    expect(planned('filtered', mixed).refusals[0]?.required).toEqual([])
  })

  test('names what is closed, and is closed to bad credentials', () => {
    const document = '{ t: __type(name: "Query") { name } }'
    const { status, refusals } = planned('off', document)
    expect([status, refusals]).toEqual([
      403,
      [{ coordinate: 'Query.__type', path: ['t'], code: 'FORBIDDEN', required: [] }],
    ])
    const expired = { error: 'invalid_token', description: '' } as const
    expect(planned('filtered', document, expired).status).toBe(401)
    expect(planned('filtered', document, null).status).toBe(200)
  })
})

describe('an operation that is run again with other fragments', () => {
  const before = parse(
    '{ open ...F ...G } fragment F on Query { one: open } fragment G on Query { two: open }',
  )
  const [operation, ...fragments] = before.definitions
  const others = parse(
    'fragment F on Query { me { email } } fragment G on Query { me { email } }',
  ).definitions
  const [openF, openG] = fragments
  const [closedF, closedG] = others

  test.each([
    ['another first one', fragments, [closedF, openG]],
    ['another second one', fragments, [openF, closedG]],
    ['one that was missing', [openF], [openF, closedG]],
    ['some where there were none', [], others],
  ])('is planned by these, by the guards too: %s', async (_, first, second) => {
    const it = createSubject(sdl, { Query: { open: () => 'open' } }, { mode: 'reject' })
    const run = async (definitions: readonly (DefinitionNode | undefined)[]) => {
      const document: DocumentNode = {
        kind: Kind.DOCUMENT,
        definitions: [operation, ...definitions].filter((node) => node !== undefined),
      }
      return (await execute({ schema: it.schema, document, contextValue: { caller: holding() } })).data?.[
        'open'
      ]
    }
    expect([await run(first), await run(second), await run(first)]).toEqual(['open', null, 'open'])
  })
})

test('what is required are the scopes that do without a policy, and nothing where signing in will do', () => {
  const { authorization } = createSubject(
    `type Query {
      a: Int @auth(scopes: ["read"], orPolicies: ["p"]) @auth(scopes: ["email"], orPolicies: ["q"])
      b: Int @auth
      c: Int @auth(policies: ["p"])
    }`,
    {},
    { policies: { p: { check: () => true }, q: { check: () => true } } },
  )
  const { refusals } = authorization.plan(parse('{ a b c }'), null, {}, null)
  expect(refusals.map(({ required }) => required)).toEqual([[['email', 'read']], [], []])
})
