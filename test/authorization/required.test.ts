import { describe, expect, test } from 'vitest'
import type { AuthorizationOptions } from '../../src/authorization/index.js'
import { ask, askApollo, askBare, createSubject, holding, type TestContext } from './doors.js'

const sdl = `
  type Query {
    plain: Int @auth(scopes: ["read"])
    signedIn: Int @auth
    either: Int @auth(scopes: ["read"], orPolicies: ["no"])
    both: Int @auth(scopes: ["read"], policies: ["no"])
    policy: Int @auth(policies: ["no"])
    later: Int @auth(scopes: ["read"], policies: ["noLater"])
    twoEithers: Int @auth(scopes: ["read"], orPolicies: ["no"]) @auth(scopes: ["email"], orPolicies: ["no"])
    metEither: Int @auth(scopes: ["read"], orPolicies: ["yes"]) @auth(policies: ["no"])
    unmetEither: Int @auth(scopes: ["read"], orPolicies: ["no"]) @auth(policies: ["yes"])
    bothAndAny: Int @auth(scopes: ["read"], policies: ["no"]) @auth(anyOf: [["email"], ["other"]])
    argument(x: Int @auth(policies: ["no"])): Int @auth(scopes: ["read"], orPolicies: ["yes"])
    another(x: Int @auth(scopes: ["email"], orPolicies: ["no"])): Int @auth(policies: ["yes"])
  }`

const options: Partial<AuthorizationOptions<TestContext>> = {
  exposeRequirements: true,
  policies: {
    yes: { dependsOn: 'request', check: () => true },
    no: { dependsOn: 'request', check: () => false },
    noLater: { dependsOn: 'request', check: async () => false },
  },
}
const subject = () => createSubject(sdl, {}, options)

type Case = [what: string, field: string, held: string[] | null, expected: Record<string, unknown>]

describe('what a refusal says is required', () => {
  test.each<Case>([
    ['the scopes that are missing', 'plain', [], { required: [['read']] }],
    ['to nobody, the scopes to ask for', 'plain', null, { required: [['read']] }],
    ['the scopes that would do instead of a policy', 'either', [], { required: [['read']] }],
    ['each set of all of them', 'twoEithers', ['read'], { required: [['email', 'read']] }],
    ['the scopes without which a policy is not asked', 'both', [], { required: [['read']] }],
    ['the same to nobody', 'both', null, { required: [['read']] }],
    ['the scopes that would do for the rule that refused', 'unmetEither', [], { required: [['read']] }],
    [
      'of several sets, all that do, whatever part is held',
      'bothAndAny',
      ['read'],
      {
        required: [
          ['email', 'read'],
          ['other', 'read'],
        ],
      },
    ],
    [
      'where scopes would do for an argument, these',
      'another(x: 1)',
      [],
      { coordinate: 'Query.another(x:)', required: [['email']] },
    ],
  ])('is %s', async (_what, field, held, expected) => {
    for (const door of [ask, askBare]) {
      const { errors } = await door(subject(), { document: `{ ${field} }`, caller: held && holding(...held) })
      expect(errors).toMatchObject([{ extensions: expected }])
    }
  })

  test.each<[string, string, string[] | null]>([
    ['signing in will do', 'signedIn', null],
    ['a policy alone decides', 'policy', []],
    ['the scopes are there and the policy refused', 'both', ['read']],
    ['the scopes are there by what implies them', 'both', ['admin']],
    ['the scopes are there and the policy refused later', 'later', ['read']],
    ['one of the sets is there and the policy refused', 'bothAndAny', ['read', 'other']],
    ['scopes would do for another rule than the one that refused', 'metEither', []],
    ['the policy of an argument refused, and that of the field did not', 'argument(x: 1)', []],
  ])('is nothing where %s', async (_where, field, held) => {
    for (const door of [ask, askBare]) {
      const { errors } = await door(subject(), { document: `{ ${field} }`, caller: held && holding(...held) })
      expect(errors).toHaveLength(1)
      expect(errors?.[0]?.extensions).not.toHaveProperty('required')
    }
  })

  test('is in the challenge too: the scopes that are missing, and none where none is', async () => {
    const challengeOf = async (field: string, ...held: string[]) =>
      (await askApollo(subject(), { document: `{ ${field} }`, caller: holding(...held) })).challenge
    expect(await challengeOf('both')).toContain('scope="read"')
    expect(await challengeOf('both', 'read')).toBeUndefined()
    expect(await challengeOf('bothAndAny', 'read')).toContain('scope="email read"')
  })
})

test('a refusal names the thing whose policy refused', async () => {
  for (const door of [ask, askBare]) {
    const { errors } = await door(subject(), { document: '{ argument(x: 1) }', caller: holding() })
    expect(errors).toMatchObject([{ extensions: { coordinate: 'Query.argument(x:)' } }])
  }
})

describe('a field of many items, refused for several reasons', () => {
  type Item = { at: number }
  const items = () => Array.from({ length: 60 }, (_, at): Item => ({ at }))
  const list = () =>
    createSubject(
      `type Query { items: [Item!]! @public }
       type Item @public {
         thing(x: Int @auth(policies: ["odd"])): Int @auth(policies: ["even"])
         two: Int @auth(scopes: ["read"], orPolicies: ["even"]) @auth(policies: ["odd"])
       }`,
      { Query: { items }, Item: { thing: () => 1, two: () => 2 } },
      {
        exposeRequirements: true,
        policies: {
          even: { dependsOn: 'parent', check: ({ parent }) => Number(parent['at']) % 2 === 0 },
          odd: { dependsOn: 'parent', check: ({ parent }) => Number(parent['at']) % 2 === 1 },
        },
      },
    )

  test('is one error for each of them, which counts its own, however they alternate', async () => {
    for (const door of [ask, askBare]) {
      const { errors } = await door(list(), { document: '{ items { thing(x: 1) } }', caller: holding() })
      expect(errors).toMatchObject([
        { extensions: { coordinate: 'Item.thing(x:)', occurrences: 30 } },
        { extensions: { coordinate: 'Item.thing', occurrences: 30 } },
      ])
    }
  })

  test('tells of each what it requires', async () => {
    for (const door of [ask, askBare]) {
      const { errors } = await door(list(), { document: '{ items { two } }', caller: holding() })
      const told = errors?.map(({ extensions }) => [extensions?.['required'], extensions?.['occurrences']])
      expect(told).toEqual([
        [undefined, 30],
        [[['read']], 30],
      ])
    }
  })
})
