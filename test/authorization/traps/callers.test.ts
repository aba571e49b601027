import { execute, parse } from 'graphql'
import { describe, expect, test } from 'vitest'
import type { Credential } from '../../../src/authorization/index.js'
import { ask, askBare, createSubject, holding } from '../doors.js'
import { trap } from './trap.js'
import { house, sentinel } from './world.js'

const boom = (): never => {
  throw new Error(sentinel)
}

describe('callers that are not what they seem', () => {
  const document = '{ open admin me { email } }'
  trap('a caller whose scopes throw when they are read is nobody', {
    document,
    caller: () => Object.defineProperty({ id: 'somebody', scopes: ['admin'] }, 'scopes', { get: boom }),
  })
  trap('a caller whose scopes throw when they are counted is nobody', {
    document,
    caller: () => ({ id: 'somebody', scopes: new Proxy(['admin'], { get: boom }) }),
  })
  trap('a caller that throws whenever it is touched is nobody', {
    document,
    caller: () => new Proxy(holding('admin', 'email'), { get: boom, has: boom }),
  })
  trap('a set that lies about what it has is asked for what it holds', {
    document,
    caller: () => ({ id: 'somebody', scopes: Object.assign(new Set<string>(), { has: () => true }) }),
  })
  trap('a `callerOf` that throws has found nobody, and its text stays inside', {
    document,
    source: { ...house, options: { callerOf: boom } },
  })

  /** Valid for the first readings of `id`, and for no other. */
  const fading = (readings: number): Credential => {
    let left = readings
    return {
      get id() {
        left -= 1
        return left < 0 ? '' : 'somebody'
      },
      scopes: [],
    }
  }
  test.each([0, 1, 2, 3, 4, 5, 6, 7, 8])(
    'a caller that ceases to be one after %i readings meets no policy',
    async (readings) => {
      const resolvers = { Query: { one: () => sentinel } }
      const policies = { never: { dependsOn: 'request', check: () => false } } as const
      const subject = createSubject('type Query { one: String @auth(policies: ["never"]) }', resolvers, {
        policies,
      })
      for (const door of [ask, askBare]) {
        const answer = await door(subject, { document: '{ one }', caller: fading(readings) })
        expect(JSON.stringify(answer)).not.toContain(sentinel)
      }
    },
  )
})

describe('rights that change while an operation runs', () => {
  const sdl = /* GraphQL */ `
    type Query { change: Boolean @public  secret: String @auth(scopes: ["admin"])  rows: [Row] @public }
    type Row @public { secret: String @auth(scopes: ["admin"]) }
    type Mutation { change: Boolean @public  secret: String @auth(scopes: ["admin"]) }
  `
  const scopesOf = (context: unknown): Set<string> => Object(context).caller.scopes

  const changes = {
    'the caller is replaced by one without scopes': (context: unknown) => {
      Object.assign(Object(context), { caller: holding() })
    },
    'the caller is signed out': (context: unknown) => void Object.assign(Object(context), { caller: null }),
    'the credential goes bad': (context: unknown) => {
      Object.assign(Object(context), { caller: { error: 'invalid_token', description: 'revoked' } })
    },
    // A caller is immutable by contract: its scopes may be replaced or shrink, not be exchanged one for one in place.
    'the scopes of the caller are replaced': (context: unknown) => {
      Object.assign(Object(context).caller, { scopes: new Set(['read']) })
    },
    'a scope is taken from the set in place': (context: unknown) => void scopesOf(context).delete('admin'),
  }
  const documents = [
    'query { change secret rows { secret } }',
    'query { change ... { ... { rows { secret } } } }',
    'mutation { change secret }',
  ]
  for (const [sentence, change] of Object.entries(changes)) {
    test.each(documents)(`${sentence}: %s gets no more from then on`, async (document) => {
      const changing = {
        change: (_: unknown, __: unknown, context: unknown) => {
          change(context)
          return true
        },
        secret: () => sentinel,
      }
      const subject = createSubject(sdl, {
        Query: { ...changing, rows: () => [{ secret: sentinel }, { secret: sentinel }] },
        Mutation: changing,
      })
      for (const door of [ask, askBare]) {
        const answer = await door(subject, { document, caller: holding('admin') })
        expect(answer.data?.['change']).toBe(true)
        expect(JSON.stringify(answer)).not.toContain(sentinel)
      }
    })
  }
})

describe('what one caller leaves behind', () => {
  const sdl = 'type Query { secret: String @auth(scopes: ["admin"]) mine: String @auth(policies: ["mine"]) }'
  const resolvers = { Query: { secret: () => sentinel, mine: () => sentinel } }

  test('a document that was allowed to one caller is refused to the next', async () => {
    const { schema, authorization } = createSubject(sdl, resolvers, {
      policies: { mine: { dependsOn: 'request', check: ({ caller }) => caller.id === 'owner' } },
    })
    const document = parse('{ secret mine }')
    const askAs = async (caller: Credential) =>
      JSON.stringify([
        await execute({ schema, document, contextValue: { caller } }),
        authorization.plan(document, null, {}, caller).verdict,
      ])
    const owner = { id: 'owner', scopes: ['admin'] }
    for (const other of [null, holding(), { id: 'other', scopes: [] }]) {
      expect(await askAs(owner)).toContain(sentinel)
      expect(await askAs(other)).not.toContain(sentinel)
    }
  })

  test('two callers at once do not get each other’s answers', async () => {
    const { schema } = createSubject(sdl, resolvers, {
      policies: {
        mine: {
          dependsOn: 'request',
          check: async ({ caller }) => {
            await Promise.resolve()
            return caller.id === 'owner'
          },
        },
      },
    })
    const document = parse('{ mine }')
    const askAs = (id: string) => execute({ schema, document, contextValue: { caller: { id, scopes: [] } } })
    const [owner, other] = await Promise.all([askAs('owner'), askAs('other')])
    expect(owner.data).toEqual({ mine: sentinel })
    expect(other.data).toEqual({ mine: null })
  })

  test('one context for two callers in turn is read at each check', async () => {
    const { schema } = createSubject(sdl, resolvers, {
      policies: { mine: { check: ({ caller }) => caller.id === 'owner' } },
    })
    const contextValue: { caller: Credential } = { caller: { id: 'owner', scopes: ['admin'] } }
    const question = { schema, document: parse('{ secret mine }'), contextValue }
    expect((await execute(question)).errors).toBeUndefined()
    contextValue.caller = { id: 'other', scopes: [] }
    expect(JSON.stringify(await execute(question))).not.toContain(sentinel)
  })
})
