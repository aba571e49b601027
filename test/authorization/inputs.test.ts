import { execute, GraphQLScalarType, parse, visit } from 'graphql'
import { describe, expect, test } from 'vitest'
import { ask, askApollo, askBare, createSubject, holding } from './doors.js'

const sdl = /* GraphQL */ `
  enum Role { MEMBER ADMIN @auth(scopes: ["admin"]) ALSO_ADMIN @auth(scopes: ["admin"]) }
  enum Secret @auth(scopes: ["other"]) { A B }
  scalar Email @auth(scopes: ["email"])
  input Patch { name: String role: String @auth(scopes: ["write"]) level: Int = 3 @auth(scopes: ["write"]) inner: [Patch] email: Email }
  input Guarded @auth(scopes: ["other"]) { a: Int }
  type Query {
    a(patch: Patch, role: Role, roles: [[Role]], secret: Secret, guarded: Guarded, email: Email): String @public
    b(limit: Int = 5 @auth(scopes: ["other"]), patch: Patch = { role: "x" }): String @public
    contact: Email
  }
`

function subject() {
  const seen: unknown[] = []
  const resolvers = {
    Role: { MEMBER: 0, ADMIN: 1, ALSO_ADMIN: 1 },
    Query: { a: (_: unknown, args: unknown) => (seen.push(args), 'ran'), b: () => 'ran', contact: () => 'x' },
  }
  return { ...createSubject(sdl, resolvers), seen }
}

const refused = { data: { a: null } }

/** Each way to provide a guarded input, with the scope it needs and the coordinate that is refused. */
const ways: readonly [string, string, Record<string, unknown>, string, string][] = [
  ['an input field as literal', '{ a(patch: { role: "x" }) }', {}, 'write', 'Patch.role'],
  ['an explicit null', '{ a(patch: { role: null }) }', {}, 'write', 'Patch.role'],
  ['a nested list', '{ a(patch: { inner: [{ inner: [{ role: "x" }] }] }) }', {}, 'write', 'Patch.role'],
  ['a single value for a list', '{ a(patch: { inner: { role: "x" } }) }', {}, 'write', 'Patch.role'],
  [
    'a whole variable',
    'query ($p: Patch) { a(patch: $p) }',
    { p: { role: 'x', level: 1 } },
    'write',
    'Patch.role',
  ],
  [
    'a null in a variable',
    'query ($p: Patch) { a(patch: $p) }',
    { p: { role: null } },
    'write',
    'Patch.role',
  ],
  [
    'a list in a variable',
    'query ($p: Patch) { a(patch: $p) }',
    { p: { inner: [{ role: 'x' }] } },
    'write',
    'Patch.role',
  ],
  [
    'a variable inside a literal',
    'query ($r: String) { a(patch: { role: $r }) }',
    { r: 'x' },
    'write',
    'Patch.role',
  ],
  [
    'a variable in a list',
    'query ($p: Patch) { a(patch: { inner: [$p] }) }',
    { p: { role: 'x' } },
    'write',
    'Patch.role',
  ],
  [
    'the default of a variable',
    'query ($p: Patch = { role: "x" }) { a(patch: $p) }',
    {},
    'write',
    'Patch.role',
  ],
  [
    'the default of a variable in a literal',
    'query ($r: String = "x") { a(patch: { role: $r }) }',
    {},
    'write',
    'Patch.role',
  ],
  ['an enum value', '{ a(role: ADMIN) }', {}, 'admin', 'Role.ADMIN'],
  ['an enum value in nested lists', '{ a(roles: [[MEMBER, ADMIN]]) }', {}, 'admin', 'Role.ADMIN'],
  [
    'an enum value in a variable',
    'query ($r: [[Role]]) { a(roles: $r) }',
    { r: [['ADMIN']] },
    'admin',
    'Role.ADMIN',
  ],
  ['an enum type', '{ a(secret: A) }', {}, 'other', 'Secret'],
  ['a null for an enum type', '{ a(secret: null) }', {}, 'other', 'Secret'],
  ['an input object', '{ a(guarded: {}) }', {}, 'other', 'Guarded'],
  ['a null for an input object', 'query ($g: Guarded) { a(guarded: $g) }', { g: null }, 'other', 'Guarded'],
  ['a scalar', '{ a(email: "x") }', {}, 'email', 'Email'],
  ['a scalar inside an input', '{ a(patch: { email: "x" }) }', {}, 'email', 'Email'],
]

describe.each(ways)('%s', (_, document, variables, scope, coordinate) => {
  test('is refused without its scope, by the plan and by the guard alone', async () => {
    for (const door of [ask, askBare]) {
      const it = subject()
      const result = await door(it, { document, variables, caller: holding() })
      if (door === askBare) expect(result).toMatchObject(refused)
      expect(result.errors?.[0]).toMatchObject({ path: ['a'], extensions: { code: 'FORBIDDEN' } })
      expect(it.seen).toEqual([])
    }
    const { result } = await askApollo(subject(), { document, variables, caller: holding() })
    expect(result.errors?.[0]?.extensions).toMatchObject({ coordinate })
  })

  test('is accepted with it', async () => {
    const { data, errors } = await ask(subject(), { document, variables, caller: holding(scope) })
    expect(errors).toBeUndefined()
    expect(data).toEqual({ a: 'ran' })
  })
})

describe('what was not provided does not count', () => {
  test.each([
    ['an absent field', '{ a(patch: { name: "x" }) }', {}],
    ['an absent variable', 'query ($r: String) { a(patch: { name: "x", role: $r }) }', {}],
    ['an absent argument with an SDL default', '{ a: b }', {}],
    ['an absent variable for an argument with an SDL default', 'query ($l: Int) { a: b(limit: $l) }', {}],
    ['an SDL default inside a variable', 'query ($p: Patch) { a(patch: $p) }', { p: { name: 'x' } }],
    ['an undefined field of a variable', 'query ($p: Patch) { a(patch: $p) }', { p: { role: undefined } }],
  ])('%s', async (_, document, variables) => {
    const { data, errors } = await ask(subject(), { document, variables })
    expect(errors).toBeUndefined()
    expect(data).toEqual({ a: 'ran' })
  })
})

test('the guard alone denies where it cannot tell a field from its SDL default', async () => {
  const document = 'query ($p: Patch) { a(patch: $p) }'
  const result = await askBare(subject(), { document, variables: { p: { name: 'x' } }, caller: holding() })
  expect(result.errors?.[0]?.extensions).toMatchObject({ coordinate: 'Patch.level' })
})

test('one context for two runs of one operation lets the guards trust neither', async () => {
  const it = subject()
  const document = 'query ($p: Patch) { a(patch: $p) }'
  const context = { caller: holding() }
  const parsed = parse(document)
  const first = { p: { name: 'x' } }
  it.authorization.planRequest(parsed, null, first, context)
  it.authorization.planRequest(parsed, null, { p: { role: 'x' } }, context)
  const result = await execute({
    schema: it.schema,
    document: parsed,
    variableValues: first,
    contextValue: context,
  })
  expect(result.errors).toHaveLength(1)
})

test('a rule on a scalar closes the fields that return it', async () => {
  expect((await ask(subject(), { document: '{ contact }', caller: holding() })).errors).toHaveLength(1)
  expect((await ask(subject(), { document: '{ contact }', caller: holding('email') })).data).toEqual({
    contact: 'x',
  })
})

test('an inherited property of a variable counts, as coercion reads it', async () => {
  const p: unknown = Object.create({ role: 'x' })
  const it = subject()
  await ask(it, { document: 'query ($p: Patch) { a(patch: $p) }', variables: { p }, caller: holding() })
  expect(it.seen).toEqual([])
})

test('any iterable in a variable is a list, as coercion reads it', async () => {
  const p = { inner: new Set([{ role: 'x' }]) }
  const it = subject()
  await ask(it, { document: 'query ($p: Patch) { a(patch: $p) }', variables: { p }, caller: holding() })
  expect(it.seen).toEqual([])
})

test('an argument that the schema has not is passed over, and hides none that it has', async () => {
  const it = subject()
  const document = '{ a(nothing: 1, patch: { nothing: 2, role: "x" }) }'
  const { errors } = await askBare(it, { document, caller: holding() })
  expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN', coordinate: 'Patch.role' } }])
  expect(it.seen).toEqual([])
})

describe('a variable inside a list', () => {
  const it = () =>
    createSubject('input In @auth(scopes: ["read"]) { x: Int } type Query { a(list: [In]): Int @auth }', {
      Query: { a: () => 1 },
    })

  test('counts by what it holds, or by its default', async () => {
    const document = 'query ($in: In = { x: 1 }) { a(list: [$in]) }'
    for (const variables of [{}, { in: { x: 2 } }, { in: null }]) {
      for (const door of [ask, askBare]) {
        const { errors } = await door(it(), { document, variables, caller: holding() })
        expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
      }
    }
  })

  test('is refused as its list is, also where it holds nothing', async () => {
    const document = 'query ($in: In) { a(list: [$in]) }'
    const { errors } = await ask(it(), { document, caller: holding() })
    expect(errors).toMatchObject([{ extensions: { coordinate: 'In' } }])
    expect((await ask(it(), { document, caller: holding('read') })).data).toEqual({ a: 1 })
  })
})

test('a default counts for its own variable alone, and stays where the variable is defined again', () => {
  const { authorization } = subject()
  const verdictOf = (definitions: string) =>
    authorization.plan(parse(`query (${definitions}) { a(patch: $p) }`), null, {}, holding()).verdict
  expect(verdictOf('$p: Patch, $q: Patch = { role: "x" }')).toBe('allow')
  expect(verdictOf('$p: Patch = { role: "x" }, $p: Patch')).toBe('deny')
})

describe('values that look like something else', () => {
  const planned = (variables: Record<string, unknown>) =>
    subject().authorization.plan(
      parse('query ($p: Patch, $e: Email) { a(patch: $p, email: $e) }'),
      null,
      variables,
      holding('email'),
    ).verdict

  test('an object with an iterator that is none is an object', () => {
    expect(planned({ p: { [Symbol.iterator]: 'none', role: 'x' } })).toBe('deny')
    expect(planned({ p: { [Symbol.iterator]: 'none', name: 'x' } })).toBe('allow')
  })

  test('a scalar is not looked into', () => {
    const unreadable = {
      [Symbol.iterator]() {
        throw new Error('Looked into')
      },
    }
    expect(planned({ e: unreadable })).toBe('allow')
  })

  test('an enum value that stands for the name of another is itself', async () => {
    const it = createSubject(
      'enum Role { LOW HIGH @auth(scopes: ["admin"]) } type Query { a(role: Role): String @public }',
      { Role: { LOW: 'HIGH', HIGH: 'LOW' }, Query: { a: (_: unknown, { role }: { role: string }) => role } },
    )
    for (const door of [ask, askBare]) {
      const answer = (role: string) =>
        door(it, { document: 'query ($r: Role) { a(role: $r) }', variables: { r: role }, caller: holding() })
      expect(await answer('LOW')).toEqual({ data: { a: 'HIGH' } })
      expect((await answer('HIGH')).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
    }
  })
})

test('a rule on an argument of an interface holds for that argument alone', () => {
  const { authorization } = createSubject(`
    type User implements Node @public { f(a: Int, b: Int, c: Int): Int }
    interface Node @public { f(a: Int @auth(scopes: ["read"]), b: Int @auth(scopes: ["email"]), c: Int): Int }
    type Query { user: User @public }`)
  expect(authorization.lock().coordinates).toMatchObject({
    'User.f(a:)': [[['read']]],
    'User.f(b:)': [[['email']]],
    'User.f(c:)': 'public',
  })
})

describe('runs of one document in one context', () => {
  const document = parse('query ($p: Patch) { a(patch: $p) }')
  const guilty = { p: { role: 'x' } }
  const innocent = { p: { name: 'x', level: undefined } }
  const run = (
    it: ReturnType<typeof subject>,
    variableValues: typeof guilty | typeof innocent,
    contextValue: object,
  ) => execute({ schema: it.schema, document, variableValues, contextValue })

  test('are told apart by what each was sent, by the guards alone', async () => {
    const it = createSubject('type Query { a(role: String @auth(scopes: ["read"])): Int @public }', {
      Query: { a: () => 1 },
    })
    const contextValue = { caller: holding() }
    const asked = parse('query ($r: String) { a(role: $r) }')
    const answer = async (variableValues: Record<string, unknown>) =>
      (await execute({ schema: it.schema, document: asked, variableValues, contextValue })).data
    expect(await answer({})).toEqual({ a: 1 })
    expect(await answer({ r: 'x' })).toEqual({ a: null })
    expect(await answer({})).toEqual({ a: 1 })
  })

  test('that were both planned are both read the safe way', async () => {
    const it = subject()
    const context = { caller: holding() }
    it.authorization.planRequest(document, null, guilty, context)
    it.authorization.planRequest(document, null, innocent, context)
    expect((await run(it, guilty, context)).errors).toHaveLength(1)
    expect(it.seen).toEqual([])
  })

  test('that nobody planned is not read as the one before that was', async () => {
    const it = subject()
    const context = { caller: holding() }
    it.authorization.planRequest(document, null, innocent, context)
    expect((await run(it, guilty, context)).errors).toHaveLength(1)
    expect(it.seen).toEqual([])
    expect((await run(it, innocent, context)).errors).toBeUndefined()
  })

  test('that is planned twice without variables is read as it was sent', async () => {
    const it = createSubject(
      'input F { a: Int = 1 @auth(scopes: ["admin"]) } type Query { a(f: F): Int @public }',
      { Query: { a: () => 1 } },
    )
    const asked = parse('query ($f: F = {}) { a(f: $f) }')
    const contextValue = { caller: holding() }
    for (const _ of [1, 2, 3]) {
      it.authorization.planRequest(asked, null, undefined, contextValue)
      const { data } = await execute({ schema: it.schema, document: asked, contextValue })
      expect(data).toEqual({ a: 1 })
    }
  })

  test('that is planned twice with the same variables is read as it was sent', async () => {
    const it = subject()
    const context = { caller: holding() }
    it.authorization.planRequest(document, null, innocent, context)
    it.authorization.planRequest(document, null, innocent, context)
    expect((await run(it, innocent, context)).errors).toBeUndefined()
  })
})

describe('behind the plan, the guard reads what the request sent', () => {
  test.each([
    ['a default', 'query ($p: Patch = { role: "x" }) { a(patch: $p) b }', {}],
    ['the name of an enum value', 'query ($r: Role) { a(role: $r) b }', { r: 'ADMIN' }],
    ['no variables at all', 'query ($p: Patch = { role: "x" }) { a(patch: $p) b }', undefined],
  ])('%s', async (_, document, variableValues) => {
    const it = subject()
    const contextValue = { caller: holding() }
    const parsed = parse(document)
    it.authorization.planRequest(parsed, null, variableValues, contextValue)
    const { data } = await execute({ schema: it.schema, document: parsed, variableValues, contextValue })
    expect(data).toEqual({ a: null, b: 'ran' })
  })
})

test('values are read as deep as a client likes, and what is wrong with them is an answer', async () => {
  const it = createSubject(
    'input F { inner: F secret: Int @auth(scopes: ["admin"]) } type Query { a(f: [F]): Int @public }',
    { Query: { a: () => 1 } },
  )
  const document = 'query ($f: [F]) { a(f: $f) }'
  let list: unknown = 1
  for (let depth = 0; depth < 50_000; depth++) list = [list]
  const wrong = await ask(it, { document, variables: { f: list }, caller: holding() })
  expect(wrong.errors).toHaveLength(1)
  expect(wrong).not.toHaveProperty('data')
  let object: object = { secret: 1 }
  for (let depth = 0; depth < 50_000; depth++) object = { inner: object }
  const { refusals } = it.authorization.plan(parse(document), null, { f: object }, holding())
  expect(refusals).toMatchObject([{ coordinate: 'F.secret' }])
})

describe('variables that a plan was told of are taken for those of a run', () => {
  class Moment {
    readonly text: string
    constructor(text: string) {
      this.text = text
    }
  }
  class Span {
    readonly text = ''
  }
  const momentOf = (value: unknown) =>
    value === 'plain'
      ? {}
      : value === 'list'
        ? []
        : value === 'span'
          ? new Span()
          : value === 'function'
            ? () => value
            : value === 'symbol'
              ? Symbol('moment')
              : new Moment(String(value))

  const asked = parse('query ($f: F, $n: Int) { a(f: $f, n: $n) }')
  const runs = async (planned: Record<string, unknown>, sent: Record<string, unknown>) => {
    const it = createSubject(
      `scalar Moment
       input F { a: Int = 1 @auth(scopes: ["admin"]) at: Moment list: [Int] inner: F }
       type Query { a(f: F, n: Int): String @public }`,
      {
        Query: { a: () => 'ran' },
        Moment: new GraphQLScalarType({ name: 'Moment', parseValue: momentOf }),
      },
    )
    const contextValue = { caller: holding() }
    it.authorization.planRequest(asked, null, planned, contextValue)
    const args = { schema: it.schema, document: asked, variableValues: sent, contextValue }
    return (await execute(args)).data?.['a'] ?? 'refused'
  }

  test.each([
    [{ f: { list: [1, 2] } }, { f: { list: [1, 2] } }],
    [{ f: { inner: null } }, { f: { inner: null } }],
    [{ f: { at: '2026-01-01' } }, { f: { at: '2026-01-02' } }],
    [{ f: { at: 'function' } }, { f: { at: 'function' } }],
    [{ f: { at: 'symbol' } }, { f: { at: 'symbol' } }],
    [{ f: { at: 'plain', list: [1] } }, { f: { at: 'plain', list: [1] } }],
  ])('where they are coerced alike, but for what scalars make: %j, %j', async (planned, sent) => {
    expect(await runs(planned, sent)).toBe('ran')
  })

  test.each([
    [{ f: {} }, { f: {}, n: 1 }],
    [
      { f: {}, n: 2 },
      { f: {}, n: 1 },
    ],
    [{ f: { list: [1] } }, { f: { list: [1, 2] } }],
    [{ f: { list: [2, 1] } }, { f: { list: [1, 2] } }],
    [{ f: { list: [1, 3] } }, { f: { list: [1, 2] } }],
    [{ f: { at: 'plain' } }, { f: { at: 'list' } }],
    [{ f: { at: 'list' } }, { f: { at: 'plain' } }],
    [{ f: { at: 'plain' } }, { f: { at: 'span' } }],
    [{ f: { at: 'span' } }, { f: { at: 'plain' } }],
    [{ f: { at: 'span' } }, { f: { at: 'x' } }],
    [{ f: { at: 'symbol' } }, { f: { at: 'function' } }],
    [{ f: { at: 'function' } }, { f: { at: 'x' } }],
    [{ f: { list: null } }, { f: { list: [1, 2] } }],
    [{ f: { inner: {} } }, { f: { inner: null } }],
    [{ f: { inner: {} } }, { f: { list: [] } }],
    [{ f: { at: null } }, { f: { at: '2026-01-02' } }],
    [{ f: 'nonsense' }, { f: {} }],
  ])('and not otherwise: %j, %j', async (planned, sent) => {
    expect(await runs(planned, sent)).toBe('refused')
  })
})

test('behind the plan, every guard of a run reads what the request sent', async () => {
  const it = subject()
  const contextValue = { caller: holding() }
  const document = parse('query ($p: Patch) { a(patch: $p) again: a(patch: $p) }')
  const variableValues = { p: { name: 'x' } }
  it.authorization.planRequest(document, null, variableValues, contextValue)
  const { data } = await execute({ schema: it.schema, document, variableValues, contextValue })
  expect(data).toEqual({ a: 'ran', again: 'ran' })
})

test('a plan for a context that is nothing leaves nothing behind', () => {
  const it = subject()
  const document = parse('query ($r: Role) { a(role: $r) }')
  const nothing = JSON.parse('null')
  expect(it.authorization.planRequest(document, null, { r: 'ADMIN' }, nothing).plan.verdict).toBe('deny')
})

test('a variable that is sent counts in a document that nobody parsed, and that defines none', async () => {
  const it = subject()
  const document = visit(parse('query ($r: Role) { a(role: $r) }'), {
    OperationDefinition: (operation) => ({ ...operation, variableDefinitions: undefined }),
  })
  const contextValue = { caller: holding() }
  it.authorization.planRequest(document, null, { r: 'ADMIN' }, contextValue)
  const { data } = await execute({ schema: it.schema, document, contextValue })
  expect(data).toEqual({ a: null })
})

test('a guarded input is refused in a document that nobody parsed, beside a context that is nothing', async () => {
  const it = subject()
  const document = visit(parse('{ a(patch: { role: "x" }) b(limit: 1) }'), {
    OperationDefinition: (operation) => ({ ...operation, variableDefinitions: undefined }),
  })
  const { data, errors } = await execute({ schema: it.schema, document })
  expect(data).toEqual({ a: null, b: null })
  expect(errors?.map(({ extensions }) => extensions['coordinate'])).toEqual(['Patch.role', 'Query.b(limit:)'])
  expect(it.seen).toEqual([])
})
