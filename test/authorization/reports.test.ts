import { parse, validate } from 'graphql'
import { describe, expect, test } from 'vitest'
import {
  compareLocks,
  type Lock,
  outcomeOf,
  type Policy,
  printAccessTable,
  printExplanation,
  printLock,
} from '../../src/authorization/index.js'
import { ask, createSubject, holding, type TestContext } from './doors.js'

const always: Policy<TestContext> = { dependsOn: 'parent', check: () => true }
const sdl = /* GraphQL */ `
  enum Role { MEMBER ADMIN @auth(scopes: ["admin"]) }
  scalar Day
  input Inner { deep: Int @auth(scopes: ["write"]) need: Day! inner: Inner }
  input Patch @auth(scopes: ["other"]) { role: Role inner: [Inner!] }
  interface Node @public { id: ID! }
  type User implements Node @auth { id: ID! email: String @auth(scopes: ["email"], orPolicies: ["isSelf"]) boss: User }
  type Query {
    me: User
    node(id: ID!): Node @public
    find(patch: Patch, role: Role, limit: Int @auth(scopes: ["read"])): [User] @auth(anyOf: [["read", "email"], ["admin"]])
    open: String @public
  }
  type Mutation { purge(really: Boolean!, patch: Patch!): Int @auth(scopes: ["admin"]) }
`
const user = { __typename: 'User', id: '1', email: 'e' }
const subject = (policies: Readonly<Record<string, Policy<TestContext>>> = { isSelf: always }) =>
  createSubject(
    sdl,
    {
      Query: { me: () => ({ ...user, boss: user }), node: () => user, find: () => [{ ...user, boss: user }] },
      Mutation: { purge: () => 1 },
    },
    { policies },
  )

describe('the lock', () => {
  test('says what each coordinate asks, one line each', () => {
    const { authorization } = subject()
    const text = printLock(authorization.lock())
    const { coordinates, implies } = authorization.lock()
    expect(JSON.parse(text)).toEqual(authorization.lock())
    expect(Object.keys(coordinates)).toEqual(Object.keys(coordinates).toSorted())
    expect(implies).toEqual({ admin: ['read', 'write'], write: ['read'] })
    expect(text).toContain('\n    "Query.open": "public"')
    expect(text).toContain('\n    "User.email": [[["email"],["policy isSelf"]]]')
    expect(text).toContain('\n    "Role.ADMIN": [[["admin"]]]')
    expect(text).toContain('\n    "Patch": [[["other"]]]')
    expect(text).toContain('\n    "admin": ["read","write"]')
  })

  test('writes what is said twice once', () => {
    const { authorization } = createSubject(`type Query {
      a: Int @auth(anyOf: [["read"], ["read", "read"], ["email", "read"]])
      b: Int @auth(scopes: ["read"]) @auth(scopes: ["read"]) @auth(anyOf: [["email"], ["read"]])
    }`)
    expect(authorization.lock().coordinates).toEqual({ 'Query.a': [[['read']]], 'Query.b': [[['read']]] })
  })

  test('writes what stands beside `orPolicies`, and `orPolicies` alone where nothing does', () => {
    const { authorization } = createSubject(
      `type Query {
        a: Int @auth(scopes: ["read"], orPolicies: ["p"])
        b: Int @auth(anyOf: [["read"]], orPolicies: ["p"])
        c: Int @auth(policies: ["q"], orPolicies: ["p"])
        d: Int @auth(orPolicies: ["p", "q"])
      }`,
      {},
      { policies: { p: always, q: always } },
    )
    expect(authorization.lock().coordinates).toEqual({
      'Query.a': [[['read'], ['policy p']]],
      'Query.b': [[['read'], ['policy p']]],
      'Query.c': [[['policy p'], ['policy q']]],
      'Query.d': [[['policy p'], ['policy q']]],
    })
  })

  const lock = (coordinates: Lock['coordinates'], implies: Lock['implies'] = {}): Lock => ({
    version: 1,
    implies,
    coordinates,
  })
  const compared = (
    before: Lock['coordinates'],
    after: Lock['coordinates'],
    implies: Lock['implies'] = {},
  ) => {
    const result = compareLocks(lock(before, implies), lock(after, implies))
    return Object.entries(result).flatMap(([kind, changes]) =>
      changes.map(({ coordinate }) => `${kind} ${coordinate}`),
    )
  }

  test.each<[string, Lock['coordinates'], Lock['coordinates'], string[]]>([
    ['the same', { A: [[['read']]] }, { A: [[['read']]] }, []],
    ['opened', { A: [[['read']]] }, { A: 'public' }, ['weaker A']],
    ['closed', { A: 'public' }, { A: [] }, ['stronger A']],
    ['signed in only', { A: [[['read']]] }, { A: [] }, ['weaker A']],
    ['one scope more', { A: [[['read']]] }, { A: [[['email']], [['read']]] }, ['stronger A']],
    ['one way more', { A: [[['read']]] }, { A: [[['email'], ['read']]] }, ['weaker A']],
    ['one way less', { A: [[['email'], ['read']]] }, { A: [[['read']]] }, ['stronger A']],
    ['another scope', { A: [[['read']]] }, { A: [[['email']]] }, ['weaker A']],
    ['a policy instead of a scope', { A: [[['read']]] }, { A: [[['policy p']]] }, ['weaker A']],
    ['a policy beside a scope', { A: [[['read']]] }, { A: [[['read', 'policy p']]] }, ['stronger A']],
    ['gone and new', { A: [] }, { B: [] }, ['added B', 'removed A']],
    ['written otherwise', { A: [[['read', 'email']]] }, { A: [[['email']], [['read']]] }, []],
  ])('tells what got weaker: %s', (_, before, after, expected) => {
    expect(compared(before, after)).toEqual(expected)
  })

  test('knows that a stronger scope asks more', () => {
    const implies = { admin: ['read'] }
    expect(compared({ A: [[['read']]] }, { A: [[['admin']]] }, implies)).toEqual(['stronger A'])
    expect(compared({ A: [[['admin']]] }, { A: [[['read']]] }, implies)).toEqual(['weaker A'])
  })

  test('notices scopes that imply more or less than before', () => {
    const of = (before: Lock['implies'], after: Lock['implies']) => {
      const { weaker, stronger } = compareLocks(lock({}, before), lock({}, after))
      return [weaker.map(({ coordinate }) => coordinate), stronger.map(({ coordinate }) => coordinate)]
    }
    expect(of({ a: ['b'] }, { a: ['b', 'c'] })).toEqual([['scope a'], []])
    expect(of({ a: ['b'] }, { a: ['c'] })).toEqual([['scope a'], []])
    expect(of({ a: ['b'] }, {})).toEqual([[], ['scope a']])
    expect(of({ a: ['b', 'c'] }, { a: ['c'] })).toEqual([[], ['scope a']])
    expect(of({}, { a: ['b'] })).toEqual([['scope a'], []])
    expect(of({ a: ['b'] }, { a: ['b'] })).toEqual([[], []])
    expect(compareLocks(lock({}, { a: ['b'] }), lock({}, { a: ['c'] })).weaker).toEqual([
      { coordinate: 'scope a', before: [[['b']]], after: [[['c']]] },
    ])
  })

  test.each([
    ['an argument', 'a(x: Int @auth): Int @public', 'a(x: Int): Int @public', 'Query.a(x:)'],
    [
      'an input field',
      'a(i: In): Int @public } input In { x: Int @auth',
      'a(i: In): Int @public } input In { x: Int',
      'In.x',
    ],
    [
      'an enum value',
      'a(e: E): Int @public } enum E { X Y @auth',
      'a(e: E): Int @public } enum E { X Y',
      'E.Y',
    ],
    [
      'an input type',
      'a(i: In): Int @public } input In @auth { x: Int',
      'a(i: In): Int @public } input In { x: Int',
      'In',
    ],
  ])('takes a rule that was dropped for weaker, not for gone: %s', (_, before, after, coordinate) => {
    const lockOf = (fields: string) => createSubject(`type Query { ${fields} }`).authorization.lock()
    const { weaker, removed } = compareLocks(lockOf(before), lockOf(after))
    expect([weaker.map((change) => change.coordinate), removed]).toEqual([[coordinate], []])
  })

  test('takes what it cannot compare for weaker', () => {
    const many = Array.from({ length: 13 }, (_, at) => [[`a${at}`], [`b${at}`]])
    const other = Array.from({ length: 13 }, (_, at) => [[`a${at}`], [`c${at}`]])
    expect(compared({ A: many }, { A: other })).toEqual(['weaker A'])
  })
})

describe('the access table', () => {
  const rows = () =>
    subject().authorization.accessTable({ nobody: [], reader: ['read', 'email'], chief: ['admin'] })

  test('has a row a coordinate and a column a role', () => {
    const row = rows().find(({ coordinate }) => coordinate === 'Query.find')
    expect(row?.requirement).toBe('admin or (email and read)')
    expect([...(row?.verdicts ?? [])]).toEqual([
      ['nobody', 'deny'],
      ['reader', 'allow'],
      ['chief', 'allow'],
    ])
  })

  test('is printed as Markdown', () => {
    const text = printAccessTable(rows())
    expect(text).toContain(
      '| Coordinate | Requires | nobody | reader | chief |\n| --- | --- | --- | --- | --- |\n',
    )
    expect(text).toContain('| `User.email` | email or policy isSelf | depends | yes | depends |')
    expect(text).toContain('| `Query.open` | public | yes | yes | yes |')
    expect(text).toContain('| `User` | signed in | yes | yes | yes |')
    expect(printAccessTable([])).toBe('| Coordinate | Requires |\n| --- | --- |\n')
  })

  test('puts several clauses together in words', () => {
    const { authorization } = createSubject(
      'type Query @auth(anyOf: [["read"], ["email"]]) { a: Int @auth(scopes: ["other"]) @auth(anyOf: [["write", "email"], ["admin"]]) }',
    )
    expect(authorization.accessTable({})[1]?.requirement).toBe(
      '(admin or (email and write)) and (email or read) and other',
    )
  })
})

describe('an explanation', () => {
  test('says of each field what it asks, how it came out and what is missing', () => {
    const document = parse('query Q($n: Int) { me { email } find(limit: $n) { id } open }')
    const it = subject()
    const explained = it.authorization.explain(document, holding('email'), 'Q', { n: 1 })
    expect(explained).toMatchObject({ verdict: 'deny', status: 200 })
    expect(printExplanation(explained)).toBe(
      [
        'deny (200)',
        'allow me (Query.me): signed in',
        'deny  find (Query.find): admin or (email and read), lacks admin',
        'allow open (Query.open): public',
        'allow me.email (User.email): email or policy isSelf',
        '',
      ].join('\n'),
    )
    expect(printExplanation(it.authorization.explain(document, null))).toContain(
      'deny  me (Query.me): signed in\n',
    )
  })
})

test('an explanation names the fewest scopes that are missing, without those that are held', () => {
  const { authorization } = createSubject(
    'type Query { a: Int @auth(anyOf: [["email", "other", "read"], ["write"]]) b: Int @auth(scopes: ["email", "other", "read"]) }',
  )
  const explained = authorization.explain(parse('{ a b }'), holding('email'))
  expect(explained.fields.map(({ missing }) => missing)).toEqual([['write'], ['other', 'read']])
  expect(printExplanation(explained)).toContain('lacks other read\n')
})

describe('a verdict by coordinate', () => {
  test('is that of the caller, before policies', () => {
    const { verdict } = subject().authorization
    expect(verdict('User.email', null)).toBe('deny')
    expect(verdict('User.email', holding())).toBe('ask')
    expect(verdict('User.email', holding('email'))).toBe('allow')
    expect(verdict('Query.open', null)).toBe('allow')
    expect(() => verdict('Query.nothing', null)).toThrow('no rule')
  })
})

describe('the matrix', () => {
  const cases = () =>
    subject().authorization.matrix({ values: { Day: '"2030-01-01"', 'Query.node(id:)': '"7"' } })

  test('covers every guarded coordinate by every door', () => {
    const covered = new Set(cases().map(({ coordinate }) => coordinate))
    for (const coordinate of [
      'Query.me',
      'Query.find',
      'Query.find(limit:)',
      'Mutation.purge',
      'User.id',
      'User.email',
      'User.boss',
      'Role.ADMIN',
      'Inner.deep',
    ]) {
      expect(covered).toContain(coordinate)
    }
    const doors = new Set(
      cases()
        .filter(({ coordinate }) => coordinate === 'User.email')
        .map(({ door }) => door),
    )
    expect(doors).toEqual(new Set(['Query.me', 'Query.node', 'Query.find', 'User.boss']))
  })

  test('has each scope set that is just enough, each one short of it, and nobody', () => {
    const found = cases().filter(({ coordinate }) => coordinate === 'Query.find')
    expect(found.map(({ scopes, expected }) => [scopes, expected])).toEqual([
      [['admin'], 'allowed'],
      [[], 'refused'],
      [['email', 'read'], 'allowed'],
      [['read'], 'refused'],
      [['email'], 'refused'],
      [null, 'refused'],
    ])
    expect(found[0]?.name).toBe('Query.find by Query.find is allowed with admin')
  })

  test('says in a sentence what it asks of whom', () => {
    const { authorization } = createSubject(
      `type Query {
        a: Int @auth(scopes: ["email"]) @auth(scopes: ["read"], orPolicies: ["p"])
        b(limit: Int @auth(scopes: ["read"])): Int @public
        c: Int @auth(scopes: ["admin", "write"], policies: ["p"])
      }`,
      {},
      { policies: { p: always } },
    )
    const found = authorization.matrix()
    expect(found.map(({ name }) => name)).toEqual([
      'Query.a by Query.a is allowed with email read',
      'Query.a by Query.a is refused with read',
      'Query.a by Query.a is refused with email',
      'Query.a by Query.a is allowed with email, policy p',
      'Query.a by Query.a is refused with no scope, policy p',
      'Query.a by Query.a is refused to nobody in particular',
      'Query.b(limit:) by Query.b is allowed with read',
      'Query.b(limit:) by Query.b is refused with no scope',
      'Query.b(limit:) by Query.b is refused to nobody in particular',
      'Query.c by Query.c is allowed with admin write, policy p',
      'Query.c by Query.c is refused with write, policy p',
      'Query.c by Query.c is refused to nobody in particular',
    ])
    expect(found[4]).toMatchObject({ scopes: [], policies: ['p'], expected: 'refused', path: ['a'] })
    expect(found[5]).toMatchObject({ scopes: null, policies: [], expected: 'refused' })
    expect(found[6]?.document).toBe('query { b(limit: 1) }')
  })

  test('has cases that all come out as they say', async () => {
    const granted = new Set<string>()
    const asked = subject({ isSelf: { dependsOn: 'parent', check: () => granted.has('isSelf') } })
    const outcomes = []
    for (const each of cases()) {
      granted.clear()
      for (const policy of each.policies) granted.add(policy)
      const caller = each.scopes && holding(...each.scopes)
      outcomes.push([each.name, outcomeOf(each, await ask(asked, { document: each.document, caller }))])
    }
    expect(outcomes).toEqual(cases().map(({ name, expected }) => [name, expected]))
  })

  test('gives one of the fields of an input that wants exactly one', () => {
    const { authorization, schema } = createSubject(`
      input By @oneOf { id: ID email: String @auth(scopes: ["email"]) }
      type Query { user(by: By!): Int @auth(scopes: ["read"]) }`)
    const documents = new Set(authorization.matrix().map(({ document }) => document))
    expect([...documents]).toEqual(['query { user(by: { id: "1" }) }', 'query { user(by: { email: "1" }) }'])
    for (const document of documents) expect(validate(schema, parse(document))).toEqual([])
  })

  test('gives what is required the smallest value, and to what is on trial the way down to it', () => {
    const { authorization } = createSubject(`
      enum Open { SHUT @auth(scopes: ["read"]) FREE }
      enum Closed { FIRST @auth(scopes: ["read"]) SECOND @auth(scopes: ["read"]) }
      input In { id: ID! n: Int! f: Float! b: Boolean! o: Open! c: [Closed!]! skipped: Int deep: In }
      type Query { a(in: In!, left: Int): Thing @auth }
      type Thing @auth { __typename_: Int }
      type Mutation { m(o: Open, s: String!): [Thing!] @auth }`)
    const documents = new Set(
      authorization
        .matrix({ values: { String: '"s"', 'In.n': '7' } })
        .map(({ coordinate, document }) => `${coordinate} ${document}`),
    )
    const least = 'id: "1", n: 7, f: 1, b: true, o: FREE, c: [FIRST]'
    const closed = (name: string) => `id: "1", n: 7, f: 1, b: true, o: FREE, c: [${name}]`
    expect(documents).toEqual(
      new Set([
        `Query.a query { a(in: { ${least} }) { __typename } }`,
        `Open.SHUT query { a(in: { ${least.replace('FREE', 'SHUT')} }) { __typename } }`,
        `Closed.FIRST query { a(in: { ${closed('FIRST')} }) { __typename } }`,
        `Closed.SECOND query { a(in: { ${closed('SECOND')} }) { __typename } }`,
        'Mutation.m mutation { m(s: "s") { __typename } }',
        'Open.SHUT mutation { m(o: SHUT, s: "s") { __typename } }',
        `Thing.__typename_ query { a(in: { ${least} }) { __typename_ } }`,
        'Thing.__typename_ mutation { m(s: "s") { __typename_ } }',
      ]),
    )
  })

  test('tells an answer that proves nothing from one that allows', () => {
    const [first] = cases().filter(({ coordinate }) => coordinate === 'User.email')
    if (!first) throw new Error('no case')
    expect(outcomeOf(first, { data: { me: null } })).toBe('unreached')
    expect(outcomeOf(first, { data: null })).toBe('unreached')
    const [root = ''] = first.path
    expect(outcomeOf(first, { data: { [root]: [null, { email: null }] } })).toBe('allowed')
    expect(outcomeOf(first, { data: { [first.path[0] ?? '']: [{ email: null }] } })).toBe('allowed')
  })
})
