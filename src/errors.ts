type ErrorDefinition = {
  /** Constant text sent to clients when the thrower gives none of its own. */
  message: string
  /** For the reference: when a client meets this code. */
  meaning: string
  /** For the reference: what the client should do. */
  remedy: string
}

/** Every error code a client can meet. `docs/reference/errors.md` is generated from this table. */
export const errorCatalogue = {
  UNAUTHENTICATED: {
    message: 'Sign in to do this.',
    meaning: 'The operation needs a caller, and the request carried no credential or a bad one.',
    remedy: 'Sign in (or refresh) and send the access token as `Authorization: Bearer ...`.',
  },
  FORBIDDEN: {
    message: 'You are not allowed to do this.',
    meaning: 'The caller is known, but lacks a scope or is refused by a policy.',
    remedy: 'Ask for the scope at login, or ask an administrator for a role that has it.',
  },
  INVALID_CREDENTIALS: {
    message: 'E-mail or password is wrong.',
    meaning: 'Unknown user, wrong password or disabled user: deliberately one answer.',
    remedy: 'Check both and try again.',
  },
  INVALID_SCOPE: {
    message: 'The requested scopes cannot be granted.',
    meaning:
      'Nothing was asked for, or nothing of it is within what the roles of the user allow (RFC 6749 5.2).',
    remedy: 'Ask for scopes that the user has, or leave `scopes` out.',
  },
  INVALID_GRANT: {
    message: 'The refresh token is not valid.',
    meaning: 'The token is unknown, expired, used up or its session has ended (RFC 6749 5.2).',
    remedy: 'Sign in again.',
  },
  RATE_LIMITED: {
    message: 'Too many requests. Try again later.',
    meaning: 'A limit was reached; `extensions.retryAfterSeconds` says when to come back.',
    remedy: 'Wait for `retryAfterSeconds`, then retry.',
  },
  BAD_USER_INPUT: {
    message: 'The input is not valid.',
    meaning:
      'An argument or the document breaks a rule; `extensions.field` names the argument where there is one.',
    remedy: 'Correct the input as the message says.',
  },
  EMAIL_TAKEN: {
    message: 'A user with this e-mail address exists.',
    meaning: 'The address is in use, compared without regard to case.',
    remedy: 'Use another address, or sign in.',
  },
  NOT_FOUND: {
    message: 'Not found.',
    meaning: 'The id names nothing, or nothing that the caller may know of: deliberately one answer.',
    remedy: 'Check the id.',
  },
  UNAVAILABLE: {
    message: 'This cannot be decided right now. Try again in a moment.',
    meaning: 'The server has lost touch with its database, and accepts nothing that it cannot check.',
    remedy: 'Retry with the same credential; there is no need to sign in again.',
  },
  INTERNAL: {
    message: 'Something went wrong on our side.',
    meaning: 'A fault in the server. The detail is in its log under the `x-request-id` of the response.',
    remedy: 'Retry later; report the request id.',
  },
} as const satisfies Record<string, ErrorDefinition>

export type ErrorCode = keyof typeof errorCatalogue

export type AppErrorOptions = {
  /** Replaces the constant text; must be safe to show to a client. */
  message?: string
  /** Public detail, merged into `extensions`. */
  details?: Readonly<Record<string, unknown>>
  cause?: unknown
}

/** A refusal with a code of the catalogue. What a service throws; becomes GraphQL in graphql/errors, HTTP in http/. */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, { message, details = {}, cause }: AppErrorOptions = {}) {
    super(message ?? errorCatalogue[code].message, { cause })
    this.name = 'AppError'
    this.code = code
    this.details = details
  }
}
