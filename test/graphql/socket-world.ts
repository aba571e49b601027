import type { Caller } from '../../src/authentication/caller.js'
import { createBearerAuthenticator } from '../../src/authentication/bearer.js'
import { firstOf } from '../../src/authentication/first-of.js'
import { createEventQueue, type EventQueue } from '../../src/audit/event-queue.js'
import { createServerAuthorization } from '../../src/graphql/authorization.js'
import { createContextFunction } from '../../src/graphql/context.js'
import {
  chooseProtocol,
  createSubscriptionServer,
  type SocketLimits,
} from '../../src/graphql/subscriptions.js'
import { AppError } from '../../src/errors.js'
import { attachWebSockets } from '../../src/http/web-sockets.js'
import { createLogger } from '../../src/http/logger.js'
import { openSocket, type SocketOptions } from '../support/socket-client.js'
import { createTinyServer } from '../support/tiny-server.js'

const typeDefs = `
  type Query { ping: String @public secret: String @auth(scopes: ["secrets"]) broken: String @public }
  type Mutation { change: String @auth(scopes: ["changes"]) }
  type Subscription {
    numbers: Int @auth(scopes: ["numbers"])
    texts: String @auth(scopes: ["numbers"])
    fails: Int @public
  }`

const scope = { description: 'For a test', implies: [] }
const scopes = { numbers: scope, secrets: scope, changes: scope }

type Queue = EventQueue<unknown>

/** Sockets on a whole small server, with a clock and timers of the test's own. Tokens are `id` or `id.scope.scope`. */
export async function createSocketWorld({ limits }: { limits?: Partial<SocketLimits> } = {}) {
  const log = createLogger({ level: 'silent' })
  let clockMs = Date.parse('2026-01-01T00:00:00.000Z')
  const timers = new Set<{ at: number; work: () => void }>()
  const listeners = new Set<() => void>()
  const standings = new Map<string, 'revoked' | 'unknown'>()
  const queues = new Set<Queue>()
  let sourcesStarted = 0

  function open(): Queue {
    sourcesStarted += 1
    const queue: Queue = createEventQueue<unknown>({
      capacity: 5,
      overflow: () => new AppError('RATE_LIMITED', { message: 'Too slow.' }),
      onClosed: () => queues.delete(queue),
    })
    queues.add(queue)
    return queue
  }

  const callers = new Map<string, Caller>()
  function callerOf(token: string): Caller {
    const [id = '', ...granted] = token.split('.')
    const caller = callers.get(token) ?? {
      id,
      scopes: granted,
      sessionId: null,
      clientId: 'test',
      expiresAt: new Date(clockMs + 300_000),
    }
    callers.set(token, caller)
    return caller
  }

  const authenticate = firstOf(
    createBearerAuthenticator({
      verifyAccessToken: (token) => {
        if (token === 'down') throw new AppError('UNAVAILABLE')
        if (token === 'bad') return { error: 'invalid_token', description: 'It is bad.' }
        return callerOf(token)
      },
    }),
  )
  const authorization = createServerAuthorization({
    scopes,
    policies: {},
    mode: 'partial',
    exposeRequirements: false,
    introspection: 'filtered',
    log,
  })
  const event = { resolve: (value: unknown) => value }
  const server = await createTinyServer({
    typeDefs,
    authorization,
    authenticate,
    resolvers: {
      Query: {
        ping: () => 'pong',
        secret: () => 's',
        broken: () => {
          throw new Error('connection to 10.0.0.1 refused')
        },
      },
      Mutation: { change: () => 'changed' },
      Subscription: {
        numbers: { subscribe: open, ...event },
        texts: { subscribe: open, ...event },
        fails: {
          subscribe: open,
          resolve: () => {
            throw new Error('connection to 10.0.0.1 refused')
          },
        },
      },
    },
    graphql: { introspection: 'filtered' },
  })
  const schedule = (work: () => void, afterSeconds: number) => {
    const timer = { at: clockMs + afterSeconds * 1000, work }
    timers.add(timer)
    return () => void timers.delete(timer)
  }
  const subscriptions = createSubscriptionServer({
    contextOf: createContextFunction({ authenticate, log: server.log }),
    run: server.graphql.run,
    standingOf: ({ id }) => standings.get(id) ?? 'ok',
    onRightsChanged: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    now: () => new Date(clockMs),
    schedule,
    log: server.log,
    ...(limits && { limits }),
  })
  const webSockets = attachWebSockets(server.app.server, {
    path: '/graphql',
    chooseProtocol,
    isAllowedOrigin: (origin) => origin === 'https://app.example',
    identify: ({ headers }) => ({
      requestId: 'of-a-socket',
      clientAddress: String(headers['x-forwarded-for'] ?? '192.0.2.1'),
    }),
    maxMessageBytes: 10_000,
    pingEverySeconds: 12,
    schedule,
    onOpen: subscriptions.accept,
  })
  const url = await server.listenAnywhere()

  return {
    ...server,
    url,
    timers,
    listeners,
    queues,
    /** How often a source was subscribed to. */
    sourcesStarted: () => sourcesStarted,
    publish: (value: unknown) => queues.forEach((queue) => queue.push(value)),
    connect: (options: SocketOptions = { init: 'without payload' }) => openSocket(url, options),
    signIn: (token: string) => openSocket(url, { init: { authorization: `Bearer ${token}` } }),
    announceChange: () => listeners.forEach((listener) => listener()),
    setStanding: (id: string, standing: 'revoked' | 'unknown') => standings.set(id, standing),
    /** Moves the clock; `silently`, no timer notices. */
    passSeconds(seconds: number, timersRun: 'timers run' | 'silently' = 'timers run') {
      clockMs += seconds * 1000
      const due = [...timers].filter(({ at }) => timersRun === 'timers run' && at <= clockMs)
      for (const timer of due) {
        timers.delete(timer)
        timer.work()
      }
    },
    stopSockets: async () => {
      webSockets.stop()
      await subscriptions.stop()
    },
    close: async () => {
      webSockets.stop()
      await subscriptions.stop()
      await server.close()
    },
  }
}
