import type { Logger } from 'pino'
import { type Caller, isCaller } from '../authentication/caller.js'
import type { Schedule } from '../domains/schedule.js'
import { type Context, type ContextRequest, contextUntil } from './context.js'
import type { OpenedSocket } from '../http/web-sockets.js'
import type { Standing } from '../revocations/revocation.js'
import { refusalOf } from './errors.js'
import { credentialSourceOf } from './socket-credential.js'

export type ConnectionOptions = {
  /** The reply is null: a socket sets no cookies. */
  contextOf: (request: ContextRequest, reply: null) => Promise<Context>
  /** Whether a caller from before still counts; null where it cannot be taken back. */
  standingOf: (caller: Caller) => Standing | Promise<Standing> | null
  now: () => Date
  log: Logger
  schedule: Schedule
}

export type Connection = ReturnType<typeof createConnection>

/** Close codes: 1000 to 1999 of RFC 6455 7.4 and its registry, 4400 to 4499 of graphql-transport-ws. */
const closings = {
  malformed: [4400, 'Bad request'],
  forbidden: [4403, 'Forbidden'],
  unavailable: [1013, 'Try again later'],
  crowded: [1013, 'Too many connections'],
  stopping: [1001, 'Going away'],
  failed: [4500, 'Internal server error'],
} as const

export type Closing = keyof typeof closings

/** The longest delay of a timer is below 25 days: 2^31 - 1 milliseconds. */
const longestDelaySeconds = 2_000_000

/** One socket: who is behind it, and for how long. */
export function createConnection(
  { socket, request, requestId, clientAddress }: OpenedSocket,
  options: ConnectionOptions,
) {
  const { contextOf, standingOf, now, schedule, log } = options
  const note: Context['note'] = (facts) => log.info({ requestId, ...facts }, 'operation')
  const gone = new AbortController()
  let context: Context | null = null
  let callOffExpiry = () => {}

  function close(closing: Closing): void {
    const [code, reason] = closings[closing]
    socket.close(code, reason)
  }

  function closeAtExpiry(expiresAt: Date): void {
    const leftSeconds = (expiresAt.getTime() - now().getTime()) / 1000
    if (leftSeconds <= 0) return close('forbidden')
    const next = () => closeAtExpiry(expiresAt)
    callOffExpiry = schedule(next, Math.min(leftSeconds, longestDelaySeconds))
  }

  async function enter(payload: Readonly<Record<string, unknown>> | undefined): Promise<Context | Closing> {
    const raw = credentialSourceOf(request, payload)
    if (raw === 'malformed') return 'malformed'
    const { headers } = raw
    try {
      const { signal } = gone
      const entering = await contextOf({ id: requestId, clientAddress, headers, raw, signal, note }, null)
      const { caller } = entering
      if (caller === null || isCaller(caller)) return entering
      return caller.error === 'invalid_request' ? 'malformed' : 'forbidden'
    } catch (error) {
      // The context function has logged what was a fault of ours.
      return refusalOf(error) === null ? 'malformed' : 'unavailable'
    }
  }

  async function standing(caller: Caller): Promise<Standing> {
    if (now() >= caller.expiresAt) return 'revoked'
    try {
      return (await standingOf(caller)) ?? 'ok'
    } catch (error) {
      log.warn({ err: error, requestId }, 'nobody can say whether the caller of a socket still counts')
      return 'unknown'
    }
  }

  /** Asked before anything is done for the socket or sent over it: closes it when its caller does not count any more. */
  async function stillCounts(): Promise<'yes' | 'no'> {
    if (context === null || gone.signal.aborted) return 'no'
    const { caller } = context
    const found = isCaller(caller) ? await standing(caller) : 'ok'
    if (found !== 'ok') close(found === 'revoked' ? 'forbidden' : 'unavailable')
    return found === 'ok' ? 'yes' : 'no'
  }

  return {
    socket,
    clientAddress,
    close,
    stillCounts,

    /** Says who is behind the socket, by its first message. @returns null when it is closed for that */
    async open(payload: Readonly<Record<string, unknown>> | undefined): Promise<Context | null> {
      const entered = await enter(payload)
      if (gone.signal.aborted) return null
      if (typeof entered === 'string') {
        close(entered)
        return null
      }
      context = entered
      if (isCaller(entered.caller)) closeAtExpiry(entered.caller.expiresAt)
      return entered
    },

    /** A context for one operation; null when the socket is not to be used, or not any more. */
    async operationContext(): Promise<Context | null> {
      if (context === null || (await stillCounts()) === 'no') return null
      return contextUntil(context, AbortSignal.any([gone.signal]))
    },

    /** To be called once, when the socket has closed. */
    leave(): void {
      callOffExpiry()
      gone.abort()
    },
  }
}
