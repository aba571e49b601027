import { parse } from 'graphql'
import { describe, expect, test } from 'vitest'
import { createExecutors } from '../../../src/authorization/index.js'
import { ask, createSubject, holding } from '../doors.js'
import { sentinel } from './world.js'

describe('a guarded field that is granted reads its value as graphql-js does', () => {
  const sdl = /* GraphQL */ `
    type Query { things: [Thing] @public }
    type Thing @public { text(x: Int): String @auth(scopes: ["read"]) }
  `
  class Instance {
    get text() {
      return 'by a getter'
    }
  }
  const things: Readonly<Record<string, unknown>> = {
    'a property': { text: 'plain' },
    'a getter': new Instance(),
    'a method that sees its object and its arguments': {
      word: 'seen',
      text(this: { word: string }, args: { x: number }) {
        return `${this.word} ${args.x}`
      },
    },
    'a method that returns a promise': { text: async () => 'in a moment' },
    'a property that is missing': {},
    'a text where an object was expected': 'text',
  }

  test.each(Object.keys(things))('%s', async (name) => {
    const document = '{ things { text(x: 1) } }'
    const subject = createSubject(sdl, { Query: { things: () => [things[name], things[name]] } })
    const open = createSubject(sdl.replace('@auth(scopes: ["read"])', '@public'), {
      Query: { things: () => [things[name], things[name]] },
    })
    const caller = holding('read')
    expect(await ask(subject, { document, caller })).toEqual(await ask(open, { document, caller }))
    expect((await ask(subject, { document, caller: holding() })).data).toEqual({
      things: [{ text: null }, { text: null }],
    })
  })
})

describe('a stream of events', () => {
  const sdl = /* GraphQL */ `
    type Query { open: String @public }
    type Subscription { ticks: String @auth(scopes: ["read"]) }
  `
  let ended: string[] = []
  async function* source() {
    try {
      for (const tick of [1, 2, 3]) yield { ticks: `${sentinel} ${tick}` }
    } finally {
      ended.push('source')
    }
  }
  const open = async (contextValue: { caller: ReturnType<typeof holding> | null }) => {
    ended = []
    const { schema, authorization } = createSubject(sdl, { Subscription: { ticks: { subscribe: source } } })
    const { subscribe } = createExecutors(authorization)
    const events = await subscribe({ schema, document: parse('subscription { ticks }'), contextValue })
    if (!(Symbol.asyncIterator in events)) throw new Error('Expected a stream')
    return events
  }

  test('ends its source when the client leaves', async () => {
    const events = await open({ caller: holding('read') })
    await events.next()
    await events.return?.()
    expect(ended).toEqual(['source'])
    expect(await events.next()).toMatchObject({ done: true })
  })

  test('ends its source when the client fails', async () => {
    const events = await open({ caller: holding('read') })
    await events.next()
    await expect(events.throw?.(new Error('gone'))).rejects.toThrow('gone')
    expect(ended).toEqual(['source'])
  })

  test('shows nothing more when the rights are gone, says so once, and ends its source', async () => {
    const contextValue: { caller: ReturnType<typeof holding> | null } = { caller: holding('read') }
    const events = await open(contextValue)
    expect(JSON.stringify(await events.next())).toContain(sentinel)
    contextValue.caller = holding()
    const rest: unknown[] = []
    for await (const event of events) rest.push(event)
    expect(rest).toMatchObject([{ errors: [{ extensions: { code: 'FORBIDDEN' } }] }])
    expect(JSON.stringify(rest)).not.toContain(sentinel)
    expect(ended).toEqual(['source'])
  })
})
