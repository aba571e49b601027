import {
  type ExecutionArgs,
  type ExecutionResult,
  type FormattedExecutionResult,
  GraphQLError,
  type GraphQLFormattedError,
  GraphQLSchema,
  parse,
} from 'graphql'
import { handleProtocols, makeServer } from 'graphql-ws'
import type { Logger } from 'pino'
import type { RawData } from 'ws'
import { isCaller } from '../authentication/caller.js'
import { networkOf } from '../authentication/network.js'
import type { OpenedSocket } from '../http/web-sockets.js'
import { formatError } from './errors.js'
import { type EventStream, mapEvents } from './event-stream.js'
import type { OperationRequest, RunOperation } from './run-operation.js'
import { createPlaces } from './socket-places.js'
import { type Connection, type ConnectionOptions, createConnection } from './socket-connection.js'

export type SubscriptionServerOptions = ConnectionOptions & {
  run: RunOperation
  /** Calls back whenever rights may have been taken away: every open socket is then asked for its caller. */
  onRightsChanged: (listener: () => void) => () => void
  log: Logger
  limits?: Partial<SocketLimits>
}

export type SocketLimits = {
  /** Open sockets of one caller; of those without one, of one network address (of IPv6, one /64). */
  sockets: number
  /** Operations under way on one socket. */
  operations: number
  /** What may wait to be sent before a client counts as one that does not read. */
  unsentBytes: number
  /** Until the first message, and until a client has said goodbye in its turn. */
  handshakeSeconds: number
}

const defaultLimits: SocketLimits = {
  sockets: 100,
  operations: 100,
  unsentBytes: 1_000_000,
  handshakeSeconds: 3,
}

export type SubscriptionServer = {
  /** Speaks graphql-transport-ws over a socket that has just been opened. */
  accept: (opened: OpenedSocket) => void
  /** The sockets that are open. */
  count: () => number
  /** Says goodbye to all; resolves when every source is let go of. */
  stop: () => Promise<void>
}

/** The subprotocol of `accept`. */
export const chooseProtocol = (offered: Set<string>): string | false => handleProtocols(offered)

/** What graphql-ws looks at in the place of a document: the real one is read by Apollo Server alone. */
const standIn = { schema: new GraphQLSchema({}), document: parse('{ anything }') }

/** Operations over WebSockets, by the protocol of graphql-ws, through the same pipeline as over HTTP. */
export function createSubscriptionServer(options: SubscriptionServerOptions): SubscriptionServer {
  const { run, log, schedule } = options
  const limits = { ...defaultLimits, ...options.limits }
  const connections = new Map<Connection, Promise<void>>()
  const places = createPlaces(limits.sockets)
  const outcomes = new WeakMap<ExecutionArgs, ExecutionResult | EventStream<ExecutionResult>>()
  const answers = new WeakMap<object, FormattedExecutionResult>()
  const formatted = new WeakMap<readonly GraphQLError[], readonly GraphQLFormattedError[]>()
  let phase: 'open' | 'stopped' = 'open'

  const recheckAll = () => connections.forEach((_, connection) => void connection.stillCounts())
  const stopListening = options.onRightsChanged(recheckAll)

  /** Answers are formatted already, so graphql-ws is given empty ones, and `onNext` finds what they stand for. */
  function standingFor(answer: FormattedExecutionResult): ExecutionResult {
    const empty = {}
    answers.set(empty, answer)
    return empty
  }

  const presentation = {
    present: standingFor,
    presentFailure: (error: unknown) => standingFor({ errors: [formatError({ message: '' }, error)] }),
  }

  function refused(list: readonly GraphQLFormattedError[]): readonly GraphQLError[] {
    const errors = [new GraphQLError('Refused.')]
    formatted.set(errors, list)
    return errors
  }

  async function start(connection: Connection, request: OperationRequest) {
    const context = await connection.operationContext()
    if (context === null) return refused([])
    const outcome = await run(request, context)
    if (outcome.kind === 'refused') return refused(outcome.errors)
    const args = { ...standIn }
    outcomes.set(
      args,
      outcome.kind === 'events' ? mapEvents(outcome.events, presentation) : standingFor(outcome.result),
    )
    return args
  }

  const protocol = makeServer<Record<string, unknown>, Connection>({
    connectionInitWaitTimeout: limits.handshakeSeconds * 1000,

    async onConnect({ extra: connection, connectionParams }) {
      const context = await connection.open(connectionParams)
      if (context === null) return false
      const { caller } = context
      if (isCaller(caller) && places.move(connection, `caller ${caller.id}`) === 'full') {
        connection.close('crowded')
        return false
      }
      return true
    },

    onSubscribe({ extra: connection, subscriptions }, _id, { query, variables, operationName }) {
      if (Object.keys(subscriptions).length > limits.operations) return refused([tooManyOperations])
      return start(connection, { query, variables, operationName })
    },

    execute: (args) => outcomes.get(args) ?? {},

    async onNext({ extra: connection }, _id, _payload, _args, result) {
      // Where the answer is no, the socket is closing, and takes nothing more.
      await connection.stillCounts()
      return answers.get(result)
    },

    onError: (_context, _id, _payload, errors) =>
      formatted.get(errors) ?? errors.map((error) => formatError(error.toJSON(), error)),
  })

  function accept(opened: OpenedSocket): void {
    const { socket } = opened
    const connection = createConnection(opened, options)
    const fail = (error: unknown) => {
      log.error({ err: error, requestId: opened.requestId }, 'a socket failed')
      connection.close('failed')
    }
    // A client that breaks the rules of RFC 6455: ws closes the socket, with the code that says which.
    socket.on('error', (error) =>
      log.debug({ err: error, requestId: opened.requestId }, 'a socket was broken'),
    )
    if (phase === 'stopped') return connection.close('stopping')
    if (places.move(connection, `network ${networkOf(opened.clientAddress)}`) === 'full')
      return connection.close('crowded')

    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (text) => send(connection, text),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (handle) => void socket.on('message', (data) => void handle(textOf(data)).catch(fail)),
      },
      connection,
    )
    const ended = new Promise<void>((resolve) => {
      socket.once('close', (code) => {
        connection.leave()
        places.free(connection)
        log.info({ requestId: opened.requestId, clientAddress: opened.clientAddress, code }, 'socket closed')
        void closed(code)
          .catch(fail)
          .then(() => connections.delete(connection))
          .then(() => resolve())
      })
    })
    connections.set(connection, ended)
  }

  /** Resolves when it is sent, so that each source waits for its reader; one that reads nothing at all is cut off. */
  function send({ socket }: Connection, text: string): Promise<void> {
    if (socket.bufferedAmount > limits.unsentBytes) socket.terminate()
    if (socket.readyState !== socket.OPEN) return Promise.resolve()
    // What fails here is the end of the socket, which `close` tells of.
    return new Promise((resolve) => socket.send(text, () => resolve()))
  }

  async function stop(): Promise<void> {
    phase = 'stopped'
    stopListening()
    for (const connection of connections.keys()) connection.close('stopping')
    await Promise.race([Promise.all(connections.values()), afterGoodbye()])
  }

  /** A client that does not answer, or a source that does not let go, holds the stop only for so long. */
  function afterGoodbye(): Promise<void> {
    return new Promise((resolve) => {
      const callOff = schedule(() => {
        for (const { socket } of connections.keys()) socket.terminate()
        resolve()
      }, limits.handshakeSeconds)
      void Promise.all(connections.values()).then(callOff)
    })
  }

  return { accept, count: () => connections.size, stop }
}

const tooManyOperations: GraphQLFormattedError = {
  message: 'Too many operations are under way on this connection.',
  extensions: { code: 'RATE_LIMITED', retryAfterSeconds: 1 },
}

/** ws gives buffers unless it is told otherwise. What is none is no message. */
const textOf = (data: RawData): string => (Buffer.isBuffer(data) ? data.toString('utf8') : '')
