import { type ExecutionResult, parse, subscribe as bareSubscribe } from 'graphql'
import { describe, expect, test, vi } from 'vitest'
import { createExecutors, type Credential } from '../../src/authorization/index.js'
import { createSubject, holding } from './doors.js'

const sdl = `
  type Event @auth { id: ID secret: String @auth(scopes: ["admin"]) }
  type Query { ping: String @public }
  type Subscription { events: Event @auth(scopes: ["read"]) ticks: Int @public plain: Int @public asked: Int @auth(policies: ["slow"]) }`

function subject() {
  const started = vi.fn()
  const closed = vi.fn()
  async function* source() {
    started()
    try {
      for (let id = 1; id <= 3; id++) yield { events: { id, secret: 's' }, ticks: id, asked: id }
    } finally {
      closed()
    }
  }
  const subscribe = source
  const resolvers = { Subscription: { events: { subscribe }, ticks: { subscribe }, asked: { subscribe } } }
  const policies = { slow: { dependsOn: 'request' as const, check: async () => false } }
  return { ...createSubject(sdl, resolvers, { policies }), started, closed }
}

const isStream = (result: unknown): result is AsyncGenerator<ExecutionResult> =>
  typeof result === 'object' && result !== null && Symbol.asyncIterator in result

async function open(it: ReturnType<typeof subject>, document: string, contextValue: { caller: Credential }) {
  const { subscribe } = createExecutors(it.authorization)
  return subscribe({ schema: it.schema, document: parse(document), contextValue })
}

describe('a subscription whose rights are gone', () => {
  const endless = (end: () => Promise<IteratorResult<object, undefined>>) => ({
    id: 0,
    async next() {
      return { done: false, value: { ticks: ++this.id } }
    },
    return: end,
    [Symbol.asyncIterator]() {
      return this
    },
  })

  async function openEndless(end: () => Promise<IteratorResult<object, undefined>>) {
    const { authorization, schema } = createSubject(
      `type Query { ping: Int @public } type Subscription { ticks: Int @auth(scopes: ["read"]) }`,
      { Subscription: { ticks: { subscribe: () => endless(end) } } },
    )
    const contextValue: { caller: Credential } = { caller: holding('read') }
    const { subscribe } = createExecutors(authorization)
    const events = await subscribe({ schema, document: parse('subscription { ticks }'), contextValue })
    if (!isStream(events)) throw new Error('Expected a stream')
    const lose = () => {
      contextValue.caller = holding()
    }
    return { events, lose }
  }

  const refusal = { done: false, value: { errors: [{ extensions: { code: 'FORBIDDEN' } }] } }

  test('ends with the refusal also when its source cannot be closed, or never is', async () => {
    const ends = [() => Promise.reject(new Error('SECRET of the source')), () => new Promise<never>(() => {})]
    for (const end of ends) {
      const { events, lose } = await openEndless(end)
      expect(await events.next()).toMatchObject({ value: { data: { ticks: 1 } } })
      lose()
      expect(await events.next()).toMatchObject(refusal)
      expect(await events.next()).toEqual({ done: true, value: undefined })
    }
  })

  test('is told so once, however many events are waited for', async () => {
    const { events, lose } = await openEndless(async () => ({ done: true, value: undefined }))
    lose()
    const answers = await Promise.all([events.next(), events.next(), events.next()])
    expect(answers).toMatchObject([refusal, { done: true }, { done: true }])
  })
})

describe('a subscription', () => {
  test('is refused before its source starts, by the plan and by the guard alone', async () => {
    for (const document of ['subscription { events { id } }', 'subscription { events { secret } }']) {
      const it = subject()
      const refused = await open(it, document, { caller: holding() })
      expect(refused).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] })
      const contextValue = { caller: holding() }
      const bare = await bareSubscribe({ schema: it.schema, document: parse(document), contextValue })
      expect(bare).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] })
      expect(it.started).not.toHaveBeenCalled()
    }
  })

  test('is refused before its source starts by a policy that answers later', async () => {
    const it = subject()
    const refused = await open(it, 'subscription { asked }', { caller: holding() })
    expect(refused).toMatchObject({ errors: [{ extensions: { coordinate: 'Subscription.asked' } }] })
    expect(it.started).not.toHaveBeenCalled()
  })

  test('runs with its scope, and a public one without any', async () => {
    for (const [document, caller] of [
      ['subscription { events { id } }', holding('read')],
      ['subscription { ticks }', null],
    ] as const) {
      const events = await open(subject(), document, { caller })
      if (!isStream(events)) throw new Error('refused')
      let count = 0
      for await (const { errors } of events) {
        expect(errors).toBeUndefined()
        count += 1
      }
      expect(count).toBe(3)
    }
  })

  test('ends with the refusal when the rights are gone, and closes its source', async () => {
    const it = subject()
    const context: { caller: Credential } = { caller: holding('read') }
    const events = await open(it, 'subscription { events { id } }', context)
    if (!isStream(events)) throw new Error('refused')
    expect((await events.next()).value).toEqual({ data: { events: { id: '1' } } })
    context.caller = holding()
    expect((await events.next()).value).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] })
    expect(await events.next()).toEqual({ done: true, value: undefined })
    expect(it.closed).toHaveBeenCalledTimes(1)
  })

  test('lets go of a source that has nothing to say', async () => {
    const closed = vi.fn()
    let wake: (result: IteratorResult<unknown>) => void = () => {}
    const idle = {
      next: () => new Promise<IteratorResult<unknown>>((resolve) => (wake = resolve)),
      async return() {
        closed()
        wake({ done: true, value: undefined })
        return { done: true as const, value: undefined }
      },
      [Symbol.asyncIterator]: () => idle,
    }
    const ticking = 'type Query { ping: String @public } type Subscription { ticks: Int @public }'
    const it = createSubject(ticking, { Subscription: { ticks: { subscribe: () => idle } } }, {})
    const { subscribe } = createExecutors(it.authorization)
    const document = parse('subscription { ticks }')
    const events = await subscribe({ schema: it.schema, document, contextValue: { caller: null } })
    if (!isStream(events)) throw new Error('refused')
    const waiting = events.next()
    await events.return(undefined)
    expect(await waiting).toEqual({ done: true, value: undefined })
    expect(closed).toHaveBeenCalledTimes(1)
  })

  test('with the guard alone gives each event only to who may still have it', async () => {
    const it = subject()
    const contextValue: { caller: Credential } = { caller: holding('read') }
    const document = parse('subscription { events { id } }')
    const events = await bareSubscribe({ schema: it.schema, document, contextValue })
    if (!isStream(events)) throw new Error('refused')
    await events.next()
    contextValue.caller = null
    expect((await events.next()).value).toMatchObject({
      data: { events: null },
      errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
    })
  })

  test('that fails by itself says so itself', async () => {
    const nobody = { caller: null }
    await expect(open(subject(), 'subscription { plain }', nobody)).rejects.toThrow('Async Iterable')
    const wrong = await open(subject(), 'subscription ($v: Int!) { ticks }', nobody)
    expect(wrong).toMatchObject({ errors: [{ message: expect.stringContaining('$v') }] })
  })
})
