import { parse } from 'graphql'
import { describe, expect, test } from 'vitest'
import {
  compareLocks,
  type Lock,
  outcomeOf,
  printAccessTable,
  printExplanation,
  printLock,
} from '../../src/authorization/index.js'
import { ask, createSubject, holding } from './doors.js'

const policies = { isSelf: { dependsOn: 'parent' as const, check: () => true } }
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
const it = createSubject(
  sdl,
  {
    Query: { me: () => ({ ...user, boss: user }), node: () => user, find: () => [{ ...user, boss: user }] },
    Mutation: { purge: () => 1 },
  },
  { policies },
)

describe('the lock', () => {
  test('says what each coordinate asks, one line each', () => {
    const text = printLock(it.authorization.lock())
    expect(JSON.parse(text)).toEqual(it.authorization.lock())
    expect(text).toContain('\n    "Query.open": "public"')
    expect(text).toContain('\n    "User.email": [[["email"],["policy isSelf"]]]')
    expect(text).toContain('\n    "Role.ADMIN": [[["admin"]]]')
    expect(text).toContain('\n    "Patch": [[["other"]]]')
    expect(text).toContain('\n    "admin": ["read","write"]')
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
    expect(of({}, { a: ['b'] })).toEqual([['scope a'], []])
    expect(of({ a: ['b'] }, { a: ['b'] })).toEqual([[], []])
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
  const rows = it.authorization.accessTable({ nobody: [], reader: ['read', 'email'], chief: ['admin'] })

  test('has a row a coordinate and a column a role', () => {
    const row = rows.find(({ coordinate }) => coordinate === 'Query.find')
    expect(row?.requirement).toBe('admin or (email and read)')
    expect([...(row?.verdicts ?? [])]).toEqual([
      ['nobody', 'deny'],
      ['reader', 'allow'],
      ['chief', 'allow'],
    ])
  })

  test('is printed as Markdown', () => {
    const text = printAccessTable(rows)
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

describe('a verdict by coordinate', () => {
  test('is that of the caller, before policies', () => {
    const { verdict } = it.authorization
    expect(verdict('User.email', null)).toBe('deny')
    expect(verdict('User.email', holding())).toBe('ask')
    expect(verdict('User.email', holding('email'))).toBe('allow')
    expect(verdict('Query.open', null)).toBe('allow')
    expect(() => verdict('Query.nothing', null)).toThrow('no rule')
  })
})

describe('the matrix', () => {
  const cases = it.authorization.matrix({ values: { Day: '"2030-01-01"', 'Query.node(id:)': '"7"' } })

  test('covers every guarded coordinate by every door', () => {
    const covered = new Set(cases.map(({ coordinate }) => coordinate))
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
      'Query.find(patch:)',
    ].filter((name) => name !== 'Query.find(patch:)')) {
      expect(covered).toContain(coordinate)
    }
    const doors = new Set(
      cases.filter(({ coordinate }) => coordinate === 'User.email').map(({ door }) => door),
    )
    expect(doors).toEqual(new Set(['Query.me', 'Query.node', 'Query.find', 'User.boss']))
  })

  test('has each scope set that is just enough, each one short of it, and nobody', () => {
    const found = cases.filter(({ coordinate }) => coordinate === 'Query.find')
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

  test.each(cases.map((each) => [each.name, each] as const))('%s', async (_, each) => {
    const granted = new Set(each.policies)
    const own = createSubject(
      sdl,
      {
        Query: {
          me: () => ({ ...user, boss: user }),
          node: () => user,
          find: () => [{ ...user, boss: user }],
        },
        Mutation: { purge: () => 1 },
      },
      { policies: { isSelf: { dependsOn: 'parent', check: () => granted.has('isSelf') } } },
    )
    const result = await ask(own, { document: each.document, caller: each.scopes && holding(...each.scopes) })
    expect(outcomeOf(each, result)).toBe(each.expected)
  })

  test('tells an answer that proves nothing from one that allows', () => {
    const [first] = cases.filter(({ coordinate }) => coordinate === 'User.email')
    if (!first) throw new Error('no case')
    expect(outcomeOf(first, { data: { me: null } })).toBe('unreached')
    expect(outcomeOf(first, { data: null })).toBe('unreached')
    expect(outcomeOf(first, { data: { [first.path[0] ?? '']: [{ email: null }] } })).toBe('allowed')
  })
})
