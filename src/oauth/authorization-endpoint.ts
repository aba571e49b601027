import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import type { Logger } from 'pino'
import type { EntityManager } from 'typeorm'
import type { Actor } from '../authentication/actor.js'
import { AppError } from '../errors.js'
import type { AuthorizationCodeStore } from './authorization-code-store.js'
import {
  answerUri,
  type AuthorizationRequest,
  type AuthorizationRequestDependencies,
  type Fault,
  readAuthorizationRequest,
  readReturnAddress,
  type ReturnAddress,
} from './authorization-request.js'
import { type Origin, originOf, requestOrigin } from './endpoint.js'
import { type Form, readForm } from './form.js'
import { formCookie, keptFormToken, requireOwnForm } from './form-token.js'
import { oauthErrorOf } from './oauth-error.js'
import { pagePolicy, problemPage, signInPage } from './sign-in-page.js'

export type AuthorizationDependencies = AuthorizationRequestDependencies & {
  issuer: string
  log: Logger
  codes: AuthorizationCodeStore
  randomBytes: (size: number) => Buffer
  describeScope(name: string): string
  /** Proves a user by password, and does `then` in the transaction that makes sure of it. @throws AppError INVALID_CREDENTIALS, RATE_LIMITED */
  proveUser<T extends object | string>(
    credentials: { email: string; password: string; origin: Origin },
    then: (tx: EntityManager, user: { id: string }) => Promise<T>,
  ): Promise<T>
  recordAudit(tx: EntityManager, event: ConsentAuditEvent): Promise<void>
}

/** What a user lets a client have, in the transaction that makes the code. */
export type ConsentAuditEvent = Actor & {
  action: 'consent.given'
  subjectId: string
  result: 'success'
  details: { clientId: string; scopes: readonly string[] }
}

declare module '../audit/audit-event.js' {
  interface AuditActions {
    'consent.given': { clientId: string; scopes: readonly string[] }
  }
}

const url = '/oauth/authorize'
const carried = [
  'response_type',
  'client_id',
  'redirect_uri',
  'scope',
  'state',
  'code_challenge',
  'code_challenge_method',
]

/** RFC 6749 3.1: a user lets a client have something. Each time with the password: no browser stays signed in here. */
export function authorizationEndpoint(deps: AuthorizationDependencies): RouteOptions[] {
  const errorHandler: RouteOptions['errorHandler'] = (error, request, reply) =>
    void showProblem(deps.log, error, request, reply)
  return [
    {
      method: 'GET',
      url,
      errorHandler,
      handler: async (request, reply) => {
        const form = readForm(new URL(request.url, deps.issuer).searchParams)
        const address = await readReturnAddress(deps, form)
        const wanted = readAuthorizationRequest(deps, address, form)
        if ('error' in wanted) return sendBack(deps, reply, address, wanted)
        return showPage(deps, request, reply, { wanted, form, problem: null })
      },
    },
    {
      method: 'POST',
      url,
      errorHandler,
      handler: async (request, reply) => {
        const form = readForm(request.body)
        requireOwnForm(deps.issuer, request, form)
        const address = await readReturnAddress(deps, form)
        const wanted = readAuthorizationRequest(deps, address, form)
        if ('error' in wanted) return sendBack(deps, reply, address, wanted)
        if (form.get('decision') !== 'allow') return sendBack(deps, reply, address, denied)
        return allow(deps, request, reply, { wanted, form })
      },
    },
  ]
}

const denied: Fault = { error: 'access_denied', description: 'The user did not consent.' }

type Asked = { wanted: AuthorizationRequest; form: Form }

async function allow(
  deps: AuthorizationDependencies,
  request: FastifyRequest,
  reply: FastifyReply,
  asked: Asked,
) {
  const { wanted, form } = asked
  const { client, redirectUri, scopes, codeChallenge } = wanted
  const [email, password] = [form.get('email') ?? '', form.get('password') ?? '']
  try {
    const origin = originOf(request)
    const code = await deps.proveUser({ email, password, origin }, async (tx, { id: userId }) => {
      await deps.recordAudit(tx, {
        action: 'consent.given',
        actorId: userId,
        credentialId: null,
        subjectId: userId,
        result: 'success',
        ...requestOrigin(origin),
        details: { clientId: client.id, scopes },
      })
      return deps.codes.issue(tx, { clientId: client.id, userId, redirectUri, scopes, codeChallenge })
    })
    return await sendBack(deps, reply, wanted, { code })
  } catch (error) {
    if (!(error instanceof AppError) || !isForTheUser(error)) throw error
    const { status, headers } = oauthErrorOf(error)
    reply.code(status).headers(headers)
    return showPage(deps, request, reply, { ...asked, problem: error.message })
  }
}

const isForTheUser = ({ code }: AppError) => code === 'INVALID_CREDENTIALS' || code === 'RATE_LIMITED'

function sendBack(
  { issuer }: AuthorizationDependencies,
  reply: FastifyReply,
  address: ReturnAddress,
  answer: { code: string } | Fault,
) {
  // RFC 9700 4.12: 303, so that no browser posts the password on.
  return prepared(reply).redirect(answerUri(address, issuer, answer), 303)
}

function showPage(
  deps: AuthorizationDependencies,
  request: FastifyRequest,
  reply: FastifyReply,
  { wanted, form, problem }: Asked & { problem: string | null },
) {
  // Kept where there is one, so that two pages in one browser both work.
  const token = keptFormToken(deps.issuer, request) ?? deps.randomBytes(32).toString('base64url')
  const parameters = carried.flatMap((name) => {
    const value = form.get(name)
    return value === undefined ? [] : [[name, value] as const]
  })
  const target = returnTarget(wanted.redirectUri)
  return prepared(reply)
    .header('set-cookie', formCookie(deps.issuer, token))
    .header('content-security-policy', pagePolicy([target]))
    .type('text/html; charset=utf-8')
    .send(
      signInPage({
        clientName: wanted.client.name,
        returnsTo: target,
        scopes: wanted.scopes.map((name) => ({ name, description: deps.describeScope(name) })),
        hidden: { ...Object.fromEntries(parameters), form_token: token },
        problem,
        email: form.get('email') ?? '',
      }),
    )
}

function showProblem(log: Logger, cause: unknown, { id }: FastifyRequest, reply: FastifyReply) {
  const { status, headers, message } = oauthErrorOf(cause)
  if (status >= 500) log.error({ requestId: id, err: cause }, 'an authorization request failed')
  return prepared(reply)
    .code(status)
    .headers(headers)
    .header('content-security-policy', pagePolicy())
    .type('text/html; charset=utf-8')
    .send(problemPage(message))
}

/** What a policy calls the place to go back to. It knows no IPv6 address (CSP 3, 2.3.1), and no host of an app. */
function returnTarget(redirectUri: string): string {
  const { protocol, origin, hostname } = new URL(redirectUri)
  const isNamed = (protocol === 'https:' || protocol === 'http:') && !hostname.startsWith('[')
  return isNamed ? origin : protocol
}

/** What every answer has here, pages and redirects alike. */
function prepared(reply: FastifyReply): FastifyReply {
  // Any other policy cuts a popup off from the page that opened it, to which it leads back: same-origin-allow-popups keeps
  // only what a page opens itself (HTML, "matching opener policy values"). What the opener gains is little: it can close
  // this window or lead it elsewhere, which no script here could notice anyway.
  return reply.headers({
    'cache-control': 'no-store',
    pragma: 'no-cache',
    'cross-origin-opener-policy': 'unsafe-none',
  })
}
