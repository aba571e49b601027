import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import { AppError, errorCatalogue } from '../errors.js'
import type { ErrorCode } from '../errors.js'

const statusOf: Record<ErrorCode, number> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  INVALID_CREDENTIALS: 401,
  INVALID_SCOPE: 400,
  INVALID_GRANT: 400,
  RATE_LIMITED: 429,
  BAD_USER_INPUT: 400,
  EMAIL_TAKEN: 409,
  NOT_FOUND: 404,
  UNAVAILABLE: 503,
  INTERNAL: 500,
}

type Failure = { status: number; code: string; message: string; details?: Readonly<Record<string, unknown>> }

/** Faults in the bytes of a request. The text is ours: Fastify's own repeats what the client sent. */
const badRequests: Record<string, string> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'The request body is too large.',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'This content type is not supported.',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'The request body is empty.',
  FST_ERR_CTP_INVALID_JSON_BODY: 'The request body is not valid JSON.',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'The request body has another length than announced.',
  FST_ERR_BAD_URL: 'The URL is not valid.',
}

/** Answers every failure that reaches the HTTP layer, in the shape of a GraphQL answer, with constant texts. */
export function createErrorHandler(log: Logger) {
  return (error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply) => {
    const failure = failureOf(error)
    if (failure.status >= 500) log.error({ requestId: request.id, err: error }, 'request failed')
    return sendFailure(request, reply, failure)
  }
}

export function answerNotFound(request: FastifyRequest, reply: FastifyReply) {
  return sendFailure(request, reply, {
    status: 404,
    code: 'NOT_FOUND',
    message: 'There is nothing at this address.',
  })
}

export function answerBadRequest(request: FastifyRequest, reply: FastifyReply, message: string) {
  return sendFailure(request, reply, { status: 400, code: 'BAD_REQUEST', message })
}

export function answerMethodNotAllowed(request: FastifyRequest, reply: FastifyReply, allowed: string) {
  const message = `This address takes ${allowed}.`
  return sendFailure(request, reply.header('allow', allowed), { status: 405, code: 'BAD_REQUEST', message })
}

function failureOf(error: FastifyError | Error): Failure {
  if (error instanceof AppError) {
    return { status: statusOf[error.code], code: error.code, message: error.message, details: error.details }
  }
  const fault = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const status = statusGivenBy(error)
  if (status >= 500) return { status, code: 'INTERNAL', message: errorCatalogue.INTERNAL.message }
  return { status, code: 'BAD_REQUEST', message: badRequests[fault] ?? 'The request is not valid.' }
}

function statusGivenBy(error: FastifyError | Error): number {
  const status = 'statusCode' in error ? error.statusCode : undefined
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500
}

function sendFailure(
  request: FastifyRequest,
  reply: FastifyReply,
  { status, code, message, details }: Failure,
) {
  const retryAfter = details?.['retryAfterSeconds']
  // RFC 9110 10.2.3: whole seconds.
  if (typeof retryAfter === 'number') reply.header('retry-after', Math.ceil(retryAfter))
  reply.header('cache-control', 'no-store')
  return reply
    .code(status)
    .type(mediaTypeFor(request))
    .send(JSON.stringify({ errors: [{ message, extensions: { ...details, code } }] }))
}

// GraphQL over HTTP 4.4: a client that asks for the GraphQL media type gets it for errors too.
function mediaTypeFor({ headers }: FastifyRequest): string {
  return headers.accept?.includes('application/graphql-response+json') === true
    ? 'application/graphql-response+json; charset=utf-8'
    : 'application/json; charset=utf-8'
}
