import { parse } from 'graphql'
import { describe, expect, test, vi } from 'vitest'
import type { AuthorizationOptions, Failure, Policy } from '../../src/authorization/index.js'
import { ask, askBare, createSubject, holding, type TestContext } from './doors.js'

const sdl = /* GraphQL */ `
  type User @auth { id: ID! email: String @auth(scopes: ["email"], orPolicies: ["isSelf"]) note: String @auth(policies: ["note"]) }
  type Draft @auth(policies: ["owns"]) { id: ID! text: String }
  union Item @auth(policies: ["check"]) = User | Draft
  interface Titled @public { id: ID! }
  type Book implements Titled @auth(policies: ["owns"]) { id: ID! }
  type Query {
    users: [User]
    drafts: [Draft]
    draft: Draft
    items: [Item]
    titled: [Titled] @public
    guess(name: String): String @auth(policies: ["check"])
    both: String @auth(policies: ["check"]) @auth(policies: ["other"])
  }
  type Mutation { step: String @auth(policies: ["check"]) }
`

const users = [
  { __typename: 'User', id: 'somebody', email: 'own@example.org', note: 'mine' },
  { __typename: 'User', id: 'else', email: 'else@example.org', note: 'theirs' },
]
const drafts = [
  { __typename: 'Draft', id: '1', text: 'one' },
  { __typename: 'Draft', id: '2', text: 'two' },
  { __typename: 'Draft', id: '3', text: 'three' },
]
const books = [
  { __typename: 'Book', id: '1' },
  { __typename: 'Book', id: '2' },
]

const resolvers = {
  Query: {
    users: () => users,
    drafts: () => drafts,
    draft: () => drafts[0],
    items: () => [users[0], drafts[0]],
    titled: () => books,
    guess: () => 'guessed',
    both: () => 'both',
  },
  Mutation: { step: () => 'done' },
}

type Policies = Record<string, Policy<TestContext>>
const yes: Policy<TestContext> = { dependsOn: 'request', check: () => true }

function subject(policies: Policies, options: Partial<AuthorizationOptions<TestContext>> = {}) {
  const failures: Failure[] = []
  const all = {
    isSelf: { dependsOn: 'parent', check: ({ caller, parent }) => caller.id === parent['id'] },
    check: yes,
    other: yes,
    note: yes,
    owns: { dependsOn: 'parent', check: ({ parent }) => parent['id'] === '1' },
    ...policies,
  } satisfies Policies
  const onFailure = (failure: Failure) => void failures.push(failure)
  return { ...createSubject(sdl, resolvers, { policies: all, onFailure, ...options }), failures }
}

/** What the log is told of failures. */
const reasonsIn = ({ failures }: { readonly failures: readonly Failure[] }) =>
  failures.map(
    ({ source, name, cause }) =>
      `${source} ${name}: ${cause instanceof Error ? cause.message : JSON.stringify(cause)}`,
  )

describe('a policy', () => {
  test('may stand in for a scope', async () => {
    const { data, errors } = await ask(subject({}), { document: '{ users { email } }', caller: holding() })
    expect(data).toEqual({ users: [{ email: 'own@example.org' }, { email: null }] })
    expect(errors).toHaveLength(1)
    const scoped = await ask(subject({}), { document: '{ users { email } }', caller: holding('email') })
    expect(scoped.errors).toBeUndefined()
  })

  test('is never asked about nobody', async () => {
    const check = vi.fn(() => true)
    await askBare(subject({ check: { check } }), { document: '{ guess }' })
    expect(check).not.toHaveBeenCalled()
  })

  test('on a type looks at each value, whatever door it came by and whatever is selected', async () => {
    for (const [document, data] of [
      ['{ drafts { __typename } }', { drafts: [{ __typename: 'Draft' }, null, null] }],
      ['{ titled { __typename } }', { titled: [{ __typename: 'Book' }, null] }],
    ] as const) {
      expect((await ask(subject({}), { document, caller: holding() })).data).toEqual(data)
    }
  })

  test('on a union looks at each value', async () => {
    const check: Policy<TestContext> = {
      dependsOn: 'parent',
      check: ({ parent }) => parent['__typename'] === 'User',
    }
    const { data } = await ask(subject({ check }), {
      document: '{ items { __typename } }',
      caller: holding(),
    })
    expect(data).toEqual({ items: [{ __typename: 'User' }, null] })
  })

  test('that is asked for makes the plan say so', () => {
    const { authorization } = subject({})
    const plan = authorization.plan(parse('{ guess draft { id } }'), null, {}, holding())
    expect(plan).toMatchObject({ verdict: 'ask', status: 200, refusals: [] })
  })

  test('sees arguments, context and an abort signal', async () => {
    const check = vi.fn(({ args, context, signal }) => args.name === 'x' && context.caller && !signal.aborted)
    await ask(subject({ check: { check } }), { document: '{ guess(name: "x") }', caller: holding() })
    expect(check).toHaveReturnedWith(true)
  })
})

describe('answers are kept', () => {
  test.each([
    ['request', 1],
    ['parent', 2],
    ['arguments', 2],
    [undefined, 4],
    [['parent', 'arguments'] as const, 4],
  ] as const)(
    'for equal situations: a policy that depends on %s is asked %i times',
    async (dependsOn, times) => {
      const check = vi.fn(() => true)
      const it = subject({ note: { check, ...(dependsOn && { dependsOn }) } })
      await ask(it, { document: '{ users { a: note b: note } }', caller: holding() })
      expect(check).toHaveBeenCalledTimes(times)
    },
  )

  test('not from one operation to the next, and not across the fields of a mutation', async () => {
    const check = vi.fn(() => true)
    const it = subject({ check: { dependsOn: 'request', check } })
    await ask(it, { document: 'mutation { a: step b: step }', caller: holding() })
    expect(check).toHaveBeenCalledTimes(2)
    check.mockClear()
    await askBare(it, { document: '{ a: items { __typename } b: items { __typename } }', caller: holding() })
    expect(check).toHaveBeenCalledTimes(1)
  })
})

describe('a batch', () => {
  test('is asked once for a list', async () => {
    const batch = vi.fn(({ parents }) => parents.map(({ id }: { id: string }) => id !== '2'))
    const it = subject({ owns: { dependsOn: 'parent', batch } })
    const { data, errors } = await ask(it, { document: '{ drafts { text } }', caller: holding() })
    expect(batch).toHaveBeenCalledTimes(1)
    expect(data).toEqual({ drafts: [{ text: 'one' }, null, { text: 'three' }] })
    expect(errors).toHaveLength(1)
  })

  const unequal = 'A batch must answer with one verdict for each parent'
  test.each<[string, () => unknown, string]>([
    ['too few answers', () => [true], unequal],
    ['no list', () => 'yes', unequal],
    [
      'a throw',
      () => {
        throw new Error('secret detail')
      },
      'secret detail',
    ],
    ['a rejection', () => Promise.reject(new Error('secret detail')), 'secret detail'],
  ])('with %s denies everything', async (_, batch, reason) => {
    const it = subject({ owns: { dependsOn: 'parent', batch: batch as never } })
    const result = await ask(it, { document: '{ drafts { text } }', caller: holding() })
    expect(result.data).toEqual({ drafts: [null, null, null] })
    expect(JSON.stringify(result)).not.toContain('secret detail')
    expect(reasonsIn(it)).toEqual([`policy owns: ${reason}`])
  })

  test('may answer later', async () => {
    const batch = async ({ parents }: { parents: readonly unknown[] }) => parents.map(() => true)
    const it = subject({ owns: { batch } })
    expect((await ask(it, { document: '{ drafts { id } }', caller: holding() })).errors).toBeUndefined()
  })
})

describe('whatever is not true denies', () => {
  const evasive = new Proxy(
    {},
    {
      has() {
        throw new Error('secret detail')
      },
    },
  )
  const senseless = 'Answered neither true nor a denial'
  test.each<[string, () => unknown, string | null]>([
    ['false', () => false, null],
    ['a stated denial', () => ({ denied: 'not now' }), '{"denied":"not now"}'],
    ['a truthy value', () => 1, senseless],
    ['undefined', () => undefined, senseless],
    ['null', () => null, senseless],
    ['an object that states nothing', () => ({}), senseless],
    [
      'a throw',
      () => {
        throw new Error('secret detail')
      },
      'secret detail',
    ],
    ['a rejection', () => Promise.reject(new Error('secret detail')), 'secret detail'],
    ['a promise of a truthy value', () => Promise.resolve('yes'), senseless],
    ['a promise of false', () => Promise.resolve(false), null],
    ['what throws when it is asked for a reason', () => Promise.resolve(evasive), senseless],
  ])('%s', async (_, check, reported) => {
    const it = subject({ check: { check: check as never } })
    const result = await ask(it, { document: '{ guess }', caller: holding() })
    expect(result.data).toEqual({ guess: null })
    expect(result.errors?.[0]).toMatchObject({
      message: 'You are not allowed to do this.',
      extensions: { code: 'FORBIDDEN', coordinate: 'Query.guess' },
    })
    expect(JSON.stringify(result)).not.toContain('secret detail')
    expect(reasonsIn(it)).toEqual(reported === null ? [] : [`policy check: ${reported}`])
  })

  test('a promise of true allows', async () => {
    const it = subject({ check: { check: async () => true } })
    expect((await ask(it, { document: '{ guess both }', caller: holding() })).data).toEqual({
      guess: 'guessed',
      both: 'both',
    })
  })

  test('one of two policies that says no later is enough', async () => {
    const it = subject({ check: { check: async () => true }, other: { check: async () => false } })
    expect((await ask(it, { document: '{ both }', caller: holding() })).data).toEqual({ both: null })
  })

  test('a time-out, also for a check that asks for its signal only afterwards', async () => {
    let asked: { readonly signal: AbortSignal } | undefined
    const check = (input: { readonly signal: AbortSignal }) => {
      asked = Object.freeze(input)
      return new Promise<boolean>(() => undefined)
    }
    const it = subject({ check: { check, timeoutMs: 5 } })
    expect((await ask(it, { document: '{ guess }', caller: holding() })).data).toEqual({ guess: null })
    expect(asked?.signal.aborted).toBe(true)
  })

  test('a time-out, which also aborts the check', async () => {
    let aborted: AbortSignal | undefined
    const check = ({ signal }: { signal: AbortSignal }) => {
      aborted = signal
      return new Promise<boolean>(() => undefined)
    }
    const it = subject({ check: { check, timeoutMs: 5 } })
    expect((await ask(it, { document: '{ guess }', caller: holding() })).data).toEqual({ guess: null })
    expect(aborted?.aborted).toBe(true)
    const late = subject(
      { check: { check: () => new Promise<boolean>(() => undefined) } },
      { policyTimeoutMs: 5 },
    )
    expect((await ask(late, { document: '{ guess }', caller: holding() })).errors).toHaveLength(1)
    expect(reasonsIn(late)).toEqual(['policy check: No answer within 5 ms'])
  })
})

describe('an alternative', () => {
  test('that answers later is waited for, and the next one is asked when it says no', async () => {
    const it = createSubject(
      'type Query { a: String @auth(scopes: ["read"], orPolicies: ["no", "later"]) }',
      { Query: { a: () => 'a' } },
      { policies: { no: { check: async () => false }, later: { check: async () => true } } },
    )
    expect((await ask(it, { document: '{ a }', caller: holding() })).data).toEqual({ a: 'a' })
  })

  test('that says yes at once ends the question', async () => {
    const never = vi.fn(() => true)
    const it = createSubject(
      'type Query { a: String @auth(orPolicies: ["a", "b"]) }',
      { Query: { a: () => 'a' } },
      { policies: { a: { check: () => true }, b: { check: never } } },
    )
    expect((await ask(it, { document: '{ a }', caller: holding() })).data).toEqual({ a: 'a' })
    expect(never).not.toHaveBeenCalled()
  })
})

describe('observe', () => {
  test('does not wait for policies, and reports what they say', async () => {
    const onDecision = vi.fn()
    const it = subject({ check: { check: async () => false } }, { mode: 'observe', onDecision })
    expect((await ask(it, { document: '{ guess }', caller: holding() })).data).toEqual({ guess: 'guessed' })
    await vi.waitFor(() =>
      expect(onDecision).toHaveBeenCalledWith({
        coordinate: 'Query.guess',
        verdict: 'deny',
        phase: 'policy',
      }),
    )
  })
})

describe('a time-out', () => {
  test.each([0, -1, Number.NaN, 2 ** 31])('is no %s', (ms) => {
    expect(() => createSubject('type Query { a: Int @auth }', {}, { policyTimeoutMs: ms })).toThrow(
      RangeError,
    )
    const policies: Policies = { slow: { check: () => true, timeoutMs: ms } }
    expect(() => createSubject('type Query { a: Int @auth }', {}, { policies })).toThrow(
      `\`timeoutMs\` of the policy "slow" must be a number of milliseconds up to 2147483647, or Infinity: ${ms}.`,
    )
  })

  test('of Infinity is none', async () => {
    const later = () => new Promise<boolean>((resolve) => setTimeout(() => resolve(true), 20))
    const it = subject({ check: { check: later, timeoutMs: Number.POSITIVE_INFINITY } })
    expect(await ask(it, { document: '{ guess }', caller: holding() })).toEqual({
      data: { guess: 'guessed' },
    })
  })
})

describe('rows', () => {
  const policies: Policies = {
    mine: { dependsOn: 'parent', check: () => true, toWhere: ({ caller }) => ({ owner: caller.id }) },
    shared: { dependsOn: 'parent', check: () => true, toWhere: () => ({ shared: true }) },
    bare: { dependsOn: 'parent', check: () => true },
  }
  const it = (options: { mode?: 'observe' } = {}) =>
    createSubject(
      `
    type Note @auth(scopes: ["read"], orPolicies: ["mine", "shared"]) { id: ID! bare: ID @auth(policies: ["bare"]) }
    type Query { notes: [Note] open: String @public }
    `,
      {},
      { policies, ...options },
    )
  const rows = (coordinate: string, caller = holding()) => it().authorization.rowsOf(coordinate, { caller })

  test('are conditions for a query, where policies decide', () => {
    expect(rows('Note')).toEqual({ rows: 'where', anyOf: [[{ owner: 'somebody' }], [{ shared: true }]] })
  })

  test('are all with the scope, none without a caller, all of what is public', () => {
    expect(rows('Note', holding('read'))).toEqual({ rows: 'all' })
    expect(it().authorization.rowsOf('Note', { caller: null })).toEqual({ rows: 'none' })
    expect(it({ mode: 'observe' }).authorization.rowsOf('Note', { caller: null })).toEqual({ rows: 'all' })
    expect(rows('Query.open')).toEqual({ rows: 'all' })
  })

  test('cannot be told for a policy without a condition, or a coordinate without a rule', () => {
    expect(() => rows('Note.bare')).toThrow('has no toWhere')
    expect(() => rows('Nothing')).toThrow('no rule')
  })
})

test('a policy on a scalar or an enum looks at the parent of each field that returns one', async () => {
  const own = createSubject(
    `scalar Code @auth(policies: ["owns"])
     enum Level @auth(policies: ["owns"]) { LOW }
     type User @public { mine: Boolean @public code: Code levels: [Level] }
     type Query { users: [User] @public }`,
    { Query: { users: () => [true, false].map((mine) => ({ mine, code: 'x', levels: ['LOW'] })) } },
    { policies: { owns: { dependsOn: 'parent', check: ({ parent }) => parent['mine'] === true } } },
  )
  const { data } = await askBare(own, { document: '{ users { code levels } }', caller: holding() })
  expect(data).toEqual({
    users: [
      { code: 'x', levels: ['LOW'] },
      { code: null, levels: null },
    ],
  })
})

test('what a policy of a type says without its value ends the call of each field that returns it', async () => {
  const draft = vi.fn(() => ({ id: '1' }))
  const own = createSubject(
    'type Draft @auth(policies: ["never", "owns"]) { id: ID } type Query { draft: Draft }',
    { Query: { draft } },
    {
      policies: {
        never: { dependsOn: 'request', check: () => false },
        owns: { dependsOn: 'parent', check: () => true },
      },
    },
  )
  expect((await askBare(own, { document: '{ draft { id } }', caller: holding() })).data).toEqual({
    draft: null,
  })
  expect(draft).not.toHaveBeenCalled()
})

test('a policy on a union whose types are open looks at each value all the same', async () => {
  const own = createSubject(
    `type Note @public { id: ID }
     type Draft @public { id: ID }
     union Item @auth(policies: ["owns"]) = Note | Draft
     type Query { items: [Item] }`,
    { Query: { items: () => ['1', '2'].map((id) => ({ __typename: 'Note', id })) } },
    { policies: { owns: { dependsOn: 'parent', check: ({ parent }) => parent['id'] === '1' } } },
  )
  for (const door of [ask, askBare]) {
    const { data } = await door(own, { document: '{ items { ... on Note { id } } }', caller: holding() })
    expect(data).toEqual({ items: [{ id: '1' }, null] })
  }
})
