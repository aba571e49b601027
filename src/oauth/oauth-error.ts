import { AppError, type ErrorCode } from '../errors.js'

/** RFC 6749 5.2 and 4.1.2.1, RFC 7009 2.2.1. */
export type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'unsupported_token_type'
  | 'invalid_scope'
  | 'temporarily_unavailable'
  | 'server_error'

/** A refusal as OAuth spells it. The description is constant text, fit for clients. */
export class OAuthError extends Error {
  readonly code: OAuthErrorCode
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(
    code: OAuthErrorCode,
    description: string,
    { status = 400, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
  ) {
    super(description)
    this.name = 'OAuthError'
    this.code = code
    this.status = status
    this.headers = headers
  }
}

const codes: Partial<Record<ErrorCode, OAuthErrorCode>> = {
  INVALID_GRANT: 'invalid_grant',
  INVALID_CREDENTIALS: 'invalid_grant', // RFC 6749 5.2: "resource owner credentials"
  INVALID_SCOPE: 'invalid_scope',
  BAD_USER_INPUT: 'invalid_request',
}

/** What a failure is called in OAuth. */
export function oauthErrorOf(error: unknown): OAuthError {
  if (error instanceof OAuthError) return error
  if (error instanceof AppError) return fromAppError(error)
  // What Fastify finds wrong with a request, as a status of 400 to 499.
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500
  if (status >= 400 && status < 500)
    return new OAuthError('invalid_request', 'The request is not valid.', { status })
  return serverError
}

const serverError = new OAuthError('server_error', 'Something went wrong on our side.', { status: 500 })

function fromAppError({ code, message, details }: AppError): OAuthError {
  const known = codes[code]
  if (known !== undefined) return new OAuthError(known, message)
  if (code !== 'RATE_LIMITED' && code !== 'UNAVAILABLE') return serverError
  const { retryAfterSeconds: seconds } = details
  const headers = typeof seconds === 'number' ? { 'retry-after': String(Math.ceil(seconds)) } : {}
  return new OAuthError('temporarily_unavailable', message, {
    status: code === 'RATE_LIMITED' ? 429 : 503,
    headers,
  })
}
