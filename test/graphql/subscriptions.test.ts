import { createClient } from 'graphql-ws'
import { afterEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { SocketLimits } from '../../src/graphql/subscriptions.js'
import { refusedUpgrade, type SocketClient } from '../support/socket-client.js'
import { createSocketWorld } from './socket-world.js'

type World = Awaited<ReturnType<typeof createSocketWorld>>
const worlds: World[] = []
afterEach(async () => {
  await Promise.all(worlds.splice(0).map((world) => world.close()))
})

async function start(limits?: Partial<SocketLimits>) {
  const world = await createSocketWorld(limits ? { limits } : {})
  worlds.push(world)
  return world
}

const ack = { type: 'connection_ack' }
const numbers = 'subscription { numbers }'

/** An operation that is known to be under way: the answer to a later query has come. */
async function settled(client: SocketClient): Promise<void> {
  client.start('probe', '{ ping }')
  expect(await client.next()).toMatchObject({ id: 'probe', type: 'next' })
  expect(await client.next()).toMatchObject({ id: 'probe', type: 'complete' })
}

async function subscribed(world: World, token = 'ann.numbers') {
  const client = await world.signIn(token)
  expect(await client.next()).toEqual(ack)
  client.start('1', numbers)
  await settled(client)
  return client
}

describe('a subscription', () => {
  test('delivers each event to who may have it, in order, and lets go of its source when it is completed', async () => {
    const world = await start()
    const client = await subscribed(world)
    world.publish(1)
    world.publish(2)
    expect(await client.next()).toEqual({ id: '1', type: 'next', payload: { data: { numbers: 1 } } })
    expect(await client.next()).toEqual({ id: '1', type: 'next', payload: { data: { numbers: 2 } } })
    client.send({ id: '1', type: 'complete' })
    await settled(client)
    expect(world.queues.size).toBe(0)
  })

  test('AUTH-7 MUST be refused before its source starts', async () => {
    const world = await start()
    for (const [token, code] of [
      ['ann', 'FORBIDDEN'],
      [null, 'UNAUTHENTICATED'],
    ] as const) {
      const client = token === null ? await world.connect() : await world.signIn(token)
      expect(await client.next()).toEqual(ack)
      client.start('1', numbers)
      expect(await client.next()).toEqual({
        id: '1',
        type: 'error',
        payload: [
          {
            message: expect.any(String),
            path: ['numbers'],
            extensions: { code, coordinate: 'Subscription.numbers' },
          },
        ],
      })
    }
    expect(world.sourcesStarted()).toBe(0)
  })

  test('hides what failed inside an event, and logs it', async () => {
    const world = await start()
    const client = await world.connect()
    await client.next()
    client.start('1', 'subscription { fails }')
    await settled(client)
    world.publish(1)
    const { payload } = await client.next()
    expect(payload).toMatchObject({
      data: { fails: null },
      errors: [{ path: ['fails'], extensions: { code: 'INTERNAL' } }],
    })
    expect(JSON.stringify(payload)).not.toContain('10.0.0.1')
    expect(world.lines().some((line) => JSON.stringify(line).includes('10.0.0.1'))).toBe(true)
  })

  test('ends with a refusal when its source gives up on a reader, and says nothing more', async () => {
    const world = await start()
    const client = await subscribed(world)
    for (let number = 1; number <= 20; number++) world.publish(number)
    const received = []
    for (let message = await client.next(); message.type === 'next'; message = await client.next()) {
      received.push(message.payload)
    }
    expect(received.at(-1)).toEqual({
      errors: [{ message: 'Too slow.', extensions: { code: 'RATE_LIMITED' } }],
    })
    expect(received).toHaveLength(7)
  })

  test('reaches many subscribers', async () => {
    const world = await start()
    const clients = await Promise.all(Array.from({ length: 50 }, () => subscribed(world)))
    world.publish(7)
    const messages = await Promise.all(clients.map((client) => client.next()))
    for (const { payload } of messages) expect(payload).toEqual({ data: { numbers: 7 } })
  })

  test('works with the client of graphql-ws', async () => {
    const world = await start()
    const client = createClient({
      url: `${world.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { Authorization: 'Bearer ann.numbers' },
      lazy: true,
    })
    const events = client.iterate({
      query: 'subscription Numbers { numbers } query Ping { ping }',
      operationName: 'Ping',
    })
    expect((await events.next()).value).toEqual({ data: { ping: 'pong' } })
    await client.dispose()
  })
})

describe('queries and mutations over a socket', () => {
  test('go through the pipeline of HTTP: partial data, refusals, masked faults, hidden names, limits', async () => {
    const world = await start()
    const client = await world.signIn('ann')
    await client.next()
    const answerTo = async (query: string) => {
      client.start('1', query)
      const { type, payload } = await client.next()
      if (type === 'next') await client.next()
      return { type, payload: payload as { data?: unknown; errors?: unknown } }
    }
    expect(await answerTo('{ ping secret }')).toMatchObject({
      type: 'next',
      payload: { data: { ping: 'pong', secret: null }, errors: [{ extensions: { code: 'FORBIDDEN' } }] },
    })
    expect(await answerTo('mutation { change }')).toMatchObject({
      type: 'error',
      payload: [{ extensions: { code: 'FORBIDDEN' } }],
    })
    const { payload } = await answerTo('{ broken }')
    expect(payload).toMatchObject({ errors: [{ extensions: { code: 'INTERNAL' } }] })
    expect(JSON.stringify(payload)).not.toContain('10.0.0.1')
    const misspelt = await answerTo('{ secre }')
    expect(misspelt).toMatchObject({ payload: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] })
    expect(JSON.stringify(misspelt)).not.toContain('"secret"')
    expect(await answerTo('{')).toMatchObject({ payload: [{ extensions: { code: 'GRAPHQL_PARSE_FAILED' } }] })
    expect(await answerTo(`{ ${'p '.repeat(2001)} }`)).toMatchObject({
      payload: [{ extensions: { code: 'GRAPHQL_PARSE_FAILED' } }],
    })
  })
})

describe('who is behind a socket', () => {
  test.each([
    ['a bad token', { authorization: 'Bearer bad' }, 4403],
    ['what is no bearer token', { authorization: 'Basic YWJj' }, 4400],
    ['no text', { authorization: 7 }, 4400],
    ['two credentials', { authorization: 'Bearer ann', Authorization: 'Bearer bob' }, 4400],
    ['what nobody can check now', { authorization: 'Bearer down' }, 1013],
  ])('is not let in with %s', async (_, init, code) => {
    const world = await start()
    const client = await world.connect({ init })
    expect((await client.closed).code).toBe(code)
  })

  test('can be said by a header of the upgrade, but not by two that differ', async () => {
    const world = await start()
    const headers = { authorization: 'Bearer ann.secrets' }
    for (const init of ['without payload' as const, { authorization: headers.authorization }]) {
      const client = await world.connect({ headers, init })
      expect(await client.next()).toEqual(ack)
      client.start('1', '{ secret }')
      expect(await client.next()).toMatchObject({ payload: { data: { secret: 's' } } })
    }
    const client = await world.connect({ headers, init: { authorization: 'Bearer bob' } })
    expect((await client.closed).code).toBe(4400)
  })

  test('must be said before anything else, and once', async () => {
    const world = await start()
    const early = await world.connect({})
    early.start('1', '{ ping }')
    expect((await early.closed).code).toBe(4401)
    const twice = await world.connect()
    twice.send({ type: 'connection_init' })
    expect((await twice.closed).code).toBe(4429)
  })

  test('must be said in time', async () => {
    const world = await start({ handshakeSeconds: 0.05 })
    const client = await world.connect({})
    expect((await client.closed).code).toBe(4408)
  })
})

describe('a socket', () => {
  const forbidden = { code: 4403, reason: 'Forbidden' }

  test('closes when its token expires, and lets go of its sources', async () => {
    const world = await start()
    const client = await subscribed(world)
    world.passSeconds(299)
    await settled(client)
    world.passSeconds(1)
    expect(await client.closed).toEqual(forbidden)
    await expect.poll(() => world.queues.size).toBe(0)
  })

  test('does nothing for an expired token, though its timer is late', async () => {
    const world = await start()
    const client = await world.signIn('ann.changes')
    await client.next()
    world.passSeconds(300, 'silently')
    client.start('1', 'mutation { change }')
    expect(await client.closed).toEqual(forbidden)
  })

  test('closes when its token is revoked, and others stay', async () => {
    const world = await start()
    const [ann, bob] = [await subscribed(world), await subscribed(world, 'bob.numbers')]
    world.setStanding('ann', 'revoked')
    world.announceChange()
    expect(await ann.closed).toEqual(forbidden)
    await settled(bob)
  })

  test('sends no event to a caller who does not count any more, though nobody has announced it', async () => {
    const world = await start()
    const client = await subscribed(world)
    world.setStanding('ann', 'revoked')
    world.publish(1)
    expect(await client.closed).toEqual(forbidden)
  })

  test('closes for a while when nobody can say whether its caller counts', async () => {
    const world = await start()
    const client = await subscribed(world)
    world.setStanding('ann', 'unknown')
    world.announceChange()
    expect((await client.closed).code).toBe(1013)
  })

  test('is opened for no foreign page, and at no other address', async () => {
    const world = await start()
    expect(await refusedUpgrade(`${world.url}/graphql`, { origin: 'https://evil.example' })).toBe(403)
    expect(await refusedUpgrade(`${world.url}/graphql`, { origin: 'null' })).toBe(403)
    expect(await refusedUpgrade(`${world.url}/other`, {})).toBe(404)
    const client = await world.connect({
      headers: { origin: 'https://app.example' },
      init: 'without payload',
    })
    expect(await client.next()).toEqual(ack)
  })

  test('needs the subprotocol, and messages that are messages, of a bounded size', async () => {
    const world = await start()
    await expect(world.connect({ protocol: 'graphql-ws' })).rejects.toThrow('subprotocol')
    const noise = await world.connect({})
    noise.socket.send('noise')
    expect((await noise.closed).code).toBe(4400)
    const long = await world.connect()
    long.start('1', 'x'.repeat(20_000))
    expect((await long.closed).code).toBe(1009)
  })

  test('runs only so many operations at a time, and a caller has only so many sockets', async () => {
    const world = await start({ operations: 2, sockets: 2 })
    const client = await subscribed(world)
    client.start('2', numbers)
    client.start('3', numbers)
    expect(await client.next()).toMatchObject({
      id: '3',
      type: 'error',
      payload: [{ extensions: { code: 'RATE_LIMITED' } }],
    })
    await subscribed(world)
    const third = await world.signIn('ann')
    expect((await third.closed).code).toBe(1013)
    client.close()
    await client.closed
    await subscribed(world, 'bob.numbers')
  })

  test('counts sockets without a caller by network, of which a client of IPv6 has many addresses', async () => {
    const world = await start({ sockets: 2 })
    const from = (address: string) => world.connect({ headers: { 'x-forwarded-for': address } })
    await from('2001:db8:0:1::1')
    await from('2001:db8:0:1::2')
    expect((await (await from('2001:db8:0:1:ffff::3')).closed).code).toBe(1013)
    const neighbour = await from('2001:db8:0:2::1')
    neighbour.send({ type: 'connection_init' })
    expect(await neighbour.next()).toEqual(ack)
  })

  test('is cut when its client does not read', async () => {
    const world = await start({ unsentBytes: 100_000 })
    const client = await world.signIn('ann.numbers')
    await client.next()
    for (let id = 0; id < 20; id++) client.start(String(id), 'subscription { texts }')
    await settled(client)
    client.socket.pause()
    await expect
      .poll(() => {
        world.publish('x'.repeat(1_000_000))
        return world.queues.size
      })
      .toBe(0)
  })

  test('is cut when its client does not answer a ping, and kept when it does', async () => {
    const world = await start()
    const [silent, alive] = [await subscribed(world), await subscribed(world)]
    silent.socket.pong = () => {}
    const pinged = new Promise((resolve) => alive.socket.once('ping', resolve))
    silent.socket.pause()
    world.passSeconds(12)
    await pinged
    await settled(alive)
    world.passSeconds(12)
    await settled(alive)
    await expect.poll(() => world.queues.size).toBe(1)
    silent.socket.resume()
    expect((await silent.closed).code).toBe(1006)
  })

  test('is told when the server stops; no source, timer or listener is left', async () => {
    const world = await start()
    const clients = [await subscribed(world), await subscribed(world)]
    await world.stopSockets()
    for (const { closed } of clients) expect(await closed).toEqual({ code: 1001, reason: 'Going away' })
    expect(world.queues.size).toBe(0)
    expect(world.timers.size).toBe(0)
    expect(world.listeners.size).toBe(0)
    expect(await refusedUpgrade(`${world.url}/graphql`, {})).toBe(503)
  })
})
