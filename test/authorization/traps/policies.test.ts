import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Policy } from '../../../src/authorization/index.js'
import { ask, createSubject, holding, type TestContext } from '../doors.js'
import { type Trap, trap } from './trap.js'
import { type Source, sentinel, untyped } from './world.js'

/** Papers whose text depends on an argument with a default of each type's own. */
const paperSdl = /* GraphQL */ `
  interface Paper @public { text(level: Int): String @auth(policies: ["it"]) }
  type Letter implements Paper @public { text(level: Int = 0): String }
  type Decree implements Paper @public { text(level: Int = 9): String }
  type Query { papers: [Paper] @public }
`

const papersRuledBy = (it: Policy<TestContext>): Source => ({
  sdl: paperSdl,
  options: { policies: { it } },
  resolvers: () => ({
    Query: {
      papers: () => [
        { __typename: 'Letter', text: 'open' },
        { __typename: 'Decree', text: ({ level }: { level: number }) => `${sentinel} ${level}` },
      ],
    },
  }),
})

const sdl = /* GraphQL */ `
  type Note @auth(policies: ["it"]) { text: String }
  type Query {
    one: String @auth(policies: ["it"])
    either: String @auth(scopes: ["admin"], orPolicies: ["it"])
    notes: [Note]
    memos: [Memo] @public
    given(secret: String @auth(policies: ["it"])): String @public
  }
  type Memo @public { text: String @auth(policies: ["it"]) owner: String }
  type Mutation { first: String @auth(policies: ["it"]) second: String @auth(scopes: ["admin"]) }
`

const notes = () => [1, 2, 3].map((at) => ({ text: `${sentinel} ${at}`, owner: 'mine' }))

/** Everything that asks the policy `it`. */
const ruledBy = (it: Policy<TestContext>): Source => ({
  sdl,
  options: { policies: { it } },
  resolvers: (touch) => {
    const kept = (name: string) => () => {
      touch(name)
      return sentinel
    }
    return {
      Query: {
        one: kept('one'),
        either: kept('either'),
        notes,
        memos: notes,
        given: kept('given'),
      },
      Mutation: { first: kept('first'), second: kept('second') },
    }
  },
})

const document = '{ one either notes { text } memos { text owner } given(secret: null) }'
const answering = (answer: unknown): Trap => ({
  document,
  source: ruledBy({ dependsOn: 'request', check: () => untyped(answer) }),
})

describe('a policy that does not say `true`', () => {
  trap('false denies', answering(false))
  trap('a stated denial denies, and its reason stays inside', answering({ denied: sentinel }))
  trap('1 denies', answering(1))
  trap('"true" denies', answering('true'))
  trap('an object denies', answering({ allowed: true }))
  trap('an array of true denies', answering([true]))
  trap('nothing denies', answering(undefined))
  trap('a boxed true denies', answering(Object(true)))
  trap(
    'a function denies',
    answering(() => true),
  )
  trap('a promise of 1 denies', answering(Promise.resolve(1)))
  trap('a promise of a promise of false denies', answering(Promise.resolve(Promise.resolve(false))))
  trap('a throw denies, and its text stays inside', {
    document,
    source: ruledBy({
      check: () => {
        throw new Error(sentinel)
      },
    }),
  })
  trap('a rejection denies, and its text stays inside', {
    document,
    source: ruledBy({ check: () => Promise.reject(new Error(sentinel)) }),
  })
  trap('a thenable whose `then` throws denies, and its text stays inside', {
    document,
    source: ruledBy({
      check: () =>
        thenable(() => {
          throw new Error(sentinel)
        }),
    }),
  })
  trap('a thenable that ends in a rejection denies, and its text stays inside', {
    document,
    source: ruledBy({ check: () => thenable((resolve) => resolve(Promise.reject(new Error(sentinel)))) }),
  })
  trap('something that throws when it is looked at denies', {
    document,
    source: ruledBy({ check: () => untyped(new Proxy({}, { get: boom, has: boom })) }),
  })
})

const boom = (): never => {
  throw new Error(sentinel)
}

function thenable(then: (resolve: (value: unknown) => void) => void): PromiseLike<boolean> {
  // oxlint-disable-next-line unicorn/no-thenable -- what a query builder looks like is the point of the trap
  return untyped({ then })
}

const batching = (answer: (parents: readonly unknown[]) => unknown): Trap => ({
  document,
  source: ruledBy({ dependsOn: 'parent', batch: ({ parents }) => untyped(answer(parents)) }),
})

describe('a batch', () => {
  trap(
    'that answers too little denies all',
    batching((parents) => parents.slice(1).map(() => true)),
  )
  trap(
    'that answers too much denies all',
    batching((parents) => [...parents.map(() => true), true]),
  )
  trap(
    'that answers with `true` alone denies all',
    batching(() => true),
  )
  trap(
    'that answers with holes denies all',
    batching((parents) => Array.from({ length: parents.length })),
  )
  trap(
    'that answers with something like an array denies all',
    batching(({ length }) => ({ length, 0: true })),
  )
  trap('that throws denies all', batching(boom))
  trap(
    'that rejects denies all',
    batching(() => Promise.reject(new Error(sentinel))),
  )
  trap(
    'that answers with a thenable that throws denies all',
    batching(() => thenable(boom)),
  )
  trap(
    'that throws when an answer is read denies all',
    batching((parents) =>
      Object.defineProperty(
        parents.map(() => true),
        0,
        { get: boom },
      ),
    ),
  )
})

describe('what a policy looks at', () => {
  trap('an answer for one parent does not serve another', {
    document: '{ memos { text } }',
    source: {
      ...ruledBy({ check: ({ parent }) => parent['text'] === 'mine' }),
    },
  })
  trap('a policy that does not say what it depends on is asked for each parent', {
    document: '{ papers { text } }',
    source: papersRuledBy({ check: ({ parent }) => parent['__typename'] === 'Letter' }),
  })
  trap('an answer for the default of one type does not serve that of another', {
    document: '{ papers { text } }',
    source: papersRuledBy({ dependsOn: 'arguments', check: ({ args }) => Number(args['level']) < 5 }),
  })
  trap('an answer for one value of an argument does not serve another', {
    document: '{ papers { ... on Letter { text(level: 1) } ... on Decree { a: text(level: 9) } } }',
    source: papersRuledBy({ dependsOn: 'arguments', check: ({ args }) => args['level'] === 1 }),
  })
  trap('a mutation that a policy allows does not run beside one that scopes deny', {
    document: 'mutation { first second }',
    source: ruledBy({ check: () => true }),
  })
  trap('a stranger is not asked about', {
    document,
    caller: () => null,
    source: ruledBy({ check: () => true }),
  })
  trap('a bad credential is not asked about', {
    document,
    caller: () => ({ error: 'invalid_token', description: 'expired' }),
    source: ruledBy({ check: () => true }),
  })
})

const never = () => new Promise<never>(() => undefined)

describe('a policy that never answers', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  test.each([
    ['a check', { dependsOn: 'request', check: never }],
    ['a batch', { dependsOn: 'request', batch: never }],
    [
      'a promise of such a promise',
      { dependsOn: 'request', check: () => thenable((resolve) => resolve(never())) },
    ],
  ] as const)('%s is denied when its time is up, and is told so', async (_, it) => {
    const failures: unknown[] = []
    const subject = createSubject(
      'type Query { one: String @auth(policies: ["it"]) }',
      {
        Query: { one: () => sentinel },
      },
      { policies: { it }, policyTimeoutMs: 40, onFailure: (failure) => void failures.push(failure) },
    )
    const answer = ask(subject, { document: '{ one }', caller: holding() })
    await vi.advanceTimersByTimeAsync(39)
    expect(failures).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(failures).toEqual([expect.objectContaining({ source: 'policy', name: 'it' })])
    expect(JSON.stringify(await answer)).not.toContain(sentinel)
    expect((await answer).errors?.[0]?.extensions?.['code']).toBe('FORBIDDEN')
    expect(vi.getTimerCount()).toBe(0)
  })

  test('an answer in time leaves no timer behind', async () => {
    const it = { dependsOn: 'request' as const, check: async () => true }
    const subject = createSubject(
      'type Query { one: String @auth(policies: ["it"]) }',
      { Query: { one: () => 'one' } },
      { policies: { it } },
    )
    expect((await ask(subject, { document: '{ one }', caller: holding() })).data).toEqual({ one: 'one' })
    expect(vi.getTimerCount()).toBe(0)
  })
})
