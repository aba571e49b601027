import type { ServerResponse } from 'node:http'
import type { FastifyRequest } from 'fastify'
import { GraphQLError } from 'graphql'
import type { Logger } from 'pino'
import type { Authenticator, CredentialSource } from '../authentication/authenticator.js'
import type { BadCredential, Caller } from '../authentication/caller.js'
import type { TokenCookies } from '../authentication/cookie.js'
import { AppError } from '../errors.js'

/** What every resolver is told of the request. Services come by closure, never from here. */
export type Context = {
  /** Read at each decision; null for a request without a credential. */
  caller: Caller | BadCredential | null
  requestId: string
  /** Its lines carry the request id. */
  log: Logger
  /** Adds to the line that the log has of the request anyway. */
  note: (facts: Readonly<Record<string, unknown>>) => void
  clientAddress: string
  userAgent: string | null
  /** Fires when the client goes away. */
  signal: AbortSignal
  /** What the client wants a refused field to do; null leaves it to the configuration, which `partial` cannot loosen. */
  mode: 'partial' | 'reject' | null
  /** Where the client wants its tokens as cookies; null where they go in the answer. */
  cookies: TokenCookies | null
}

/** What a resolver under `@auth` is told: the guard has proven the caller. */
export type SignedInContext<C = Context> = C & { caller: Caller }

/** What a context is made of: a Fastify request is one, and so is the start of a socket. */
export type ContextRequest = Pick<FastifyRequest, 'id' | 'clientAddress' | 'headers' | 'signal' | 'note'> & {
  raw: CredentialSource
}

/** Where the headers of an answer can be set, and whether it can still be read: a Fastify reply. */
export type ContextReply = {
  header(name: string, value: string): unknown
  raw: Pick<ServerResponse, 'once' | 'destroyed' | 'writableFinished'>
}

export type ContextOptions = {
  authenticate: Authenticator
  /** Without it nobody can have cookies. */
  cookiesOf?: (headers: ContextRequest['headers'], add: (setCookie: string) => void) => TokenCookies | null
  log: Logger
}

/**
 * Makes the function that turns a request into its context.
 * @throws GraphQLError (by the made function): 503 or 429 when nobody can say who is calling, 400 for a wrong `Authorization-Mode`
 */
export function createContextFunction({
  authenticate,
  cookiesOf = () => null,
  log: serverLog,
}: ContextOptions) {
  return async (request: ContextRequest, reply: ContextReply | null): Promise<Context> => {
    const answer = ask(authenticate, request, serverLog)
    return withOnDemand({
      caller: answer instanceof Promise ? await answer : answer,
      requestId: request.id,
      note: request.note,
      clientAddress: request.clientAddress,
      userAgent: request.headers['user-agent'] ?? null,
      mode: modeOf(request.headers['authorization-mode']),
      cookies: reply && cookiesOf(request.headers, (cookie) => void reply.header('set-cookie', cookie)),
      [source]: { request, reply, serverLog },
    })
  }
}

/** By a symbol: whoever logs or copies a context must not come across the headers of the request. */
const source = Symbol('source')

type OnDemand = 'log' | 'signal'
type Made = Omit<Context, OnDemand> & {
  readonly [source]: {
    readonly request: ContextRequest
    readonly reply: ContextReply | null
    readonly serverLog: Logger
  }
}

/**
 * What most requests never ask for, and what takes longer to make than all the rest. On a prototype, because Apollo Server
 * copies a context by its own properties.
 */
const onDemand: Pick<Context, OnDemand> & ThisType<Made & Pick<Context, OnDemand>> = {
  get log() {
    return keep(this, 'log', this[source].serverLog.child({ requestId: this.requestId }))
  },
  set log(log) {
    keep(this, 'log', log)
  },
  get signal() {
    const { request, reply } = this[source]
    return keep(this, 'signal', reply === null ? request.signal : signalOf(reply))
  },
  set signal(signal) {
    keep(this, 'signal', signal)
  },
}

/**
 * Fires when an answer can no longer be delivered. Fastify's own signal follows the request, which Node closes as soon as
 * the body is read: of a POST it fires then, though the client waits, or, for who asks later, never.
 */
function signalOf({ raw }: ContextReply): AbortSignal {
  const gone = new AbortController()
  if (raw.destroyed) gone.abort()
  raw.once('close', () => {
    if (!raw.writableFinished) gone.abort()
  })
  return gone.signal
}

function keep<T>(context: object, name: OnDemand, value: T): T {
  Object.defineProperty(context, name, { value, enumerable: true, writable: true, configurable: true })
  return value
}

function withOnDemand(made: Made): Context {
  const context: Pick<Context, OnDemand> = Object.create(onDemand)
  return Object.assign(context, made)
}

/** The same request, for an operation that ends by itself. */
export function contextUntil(context: Context, signal: AbortSignal): Context {
  const copy: Context = Object.create(Object.getPrototypeOf(context))
  return Object.assign(copy, context, { signal })
}

function ask(
  authenticate: Authenticator,
  { raw, id }: ContextRequest,
  log: Logger,
): ReturnType<Authenticator> {
  const fail = (cause: unknown) => unavailable(cause, log.child({ requestId: id }))
  try {
    const answer = authenticate(raw)
    return answer instanceof Promise ? answer.catch(fail) : answer
  } catch (cause) {
    return fail(cause)
  }
}

// A fault while asking proves nothing about the credential: the request fails, it does not become anonymous.
function unavailable(cause: unknown, log: Logger): never {
  const refusal = cause instanceof AppError ? cause : new AppError('INTERNAL', { cause })
  if (refusal.code === 'INTERNAL') log.error({ err: refusal }, 'authentication failed')
  throw new GraphQLError(refusal.message, { originalError: refusal, extensions: { http: httpOf(refusal) } })
}

// RFC 9110 15.6.4: nobody can say who is calling for now, which is neither 401 nor the fault of the request. An object
// for Apollo Server: other servers, which may be about, declare another type for the same extension.
function httpOf({ code, details }: AppError): object {
  const retryAfter = details['retryAfterSeconds']
  return {
    status: code === 'RATE_LIMITED' ? 429 : 503,
    headers: new Map<string, string>(
      typeof retryAfter === 'number' ? [['retry-after', String(Math.ceil(retryAfter))]] : [],
    ),
  }
}

function modeOf(header: string | string[] | undefined): Context['mode'] {
  if (header === undefined) return null
  if (header === 'partial' || header === 'reject') return header
  throw new GraphQLError('The header Authorization-Mode must be "partial" or "reject".', {
    extensions: { code: 'BAD_REQUEST', http: { status: 400 } },
  })
}
