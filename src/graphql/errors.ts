import { GraphQLError, Kind } from 'graphql'
import type { GraphQLFormattedError } from 'graphql'
import { AppError, errorCatalogue } from '../errors.js'

/**
 * Codes beside the catalogue: those of GraphQL servers in general (Apollo Server gives them), which clients and tools
 * know. A document that cannot be run has one of these; a value that breaks a rule is `BAD_USER_INPUT`.
 */
export const protocolErrors = {
  GRAPHQL_PARSE_FAILED: 'The document is not GraphQL, or longer than DOCUMENT_LIMIT_TOKENS.',
  GRAPHQL_VALIDATION_FAILED: 'The document does not fit the schema.',
  OPERATION_RESOLUTION_FAILURE: 'The document has several operations, or none of the name that was given.',
  PERSISTED_QUERY_NOT_FOUND: 'No document is known by this hash: send it along.',
  PERSISTED_QUERY_NOT_SUPPORTED: 'Persisted documents are switched off.',
  BAD_REQUEST: 'The HTTP request is malformed, too large, or not one that GraphQL over HTTP knows.',
} as const

type Finding =
  | { kind: 'refusal'; error: AppError }
  /** A GraphQL error whose thrower gave it a code, so its text is meant for the client. */
  | { kind: 'stated'; code: string }
  /** Anything else: a fault of ours, or a text that nobody wrote for clients. */
  | { kind: 'fault'; cause: unknown }

/**
 * The error as a client may see it: refusals with code and details, protocol errors as they are, everything else as
 * one constant text. Never a stack trace, in no mode.
 */
export function formatError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  const finding = findingOf(error)
  if (finding.kind === 'stated')
    return { ...formatted, extensions: { ...formatted.extensions, code: finding.code } }

  const { locations, path } = formatted
  const { code, message, details } = finding.kind === 'refusal' ? finding.error : internal
  return {
    message,
    ...(locations !== undefined && { locations }),
    ...(path !== undefined && { path }),
    extensions: { ...details, code },
  }
}

const internal = { code: 'INTERNAL', message: errorCatalogue.INTERNAL.message, details: {} } as const

/** The refusal behind an error, through all that GraphQL wrapped round it; null when there is none. */
export function refusalOf(error: unknown): AppError | null {
  const finding = findingOf(error)
  return finding.kind === 'refusal' ? finding.error : null
}

/** What went wrong on our side; null when the error is one that clients may see. */
export function faultOf(error: unknown): { cause: unknown } | null {
  const finding = findingOf(error)
  if (finding.kind === 'refusal') return finding.error.code === 'INTERNAL' ? { cause: finding.error } : null
  return finding.kind === 'fault' ? { cause: finding.cause } : null
}

function findingOf(error: unknown): Finding {
  if (error instanceof AppError) return { kind: 'refusal', error }
  if (!(error instanceof GraphQLError)) return { kind: 'fault', cause: error }

  const code = statedCode(error)
  const inner = error.originalError
  // Apollo Server gives every broken validation rule the same code; the rule may know better.
  const refined =
    code === 'GRAPHQL_VALIDATION_FAILED' && inner instanceof GraphQLError ? statedCode(inner) : null
  if (code !== null) return { kind: 'stated', code: refined ?? code }
  if (inner) return findingOf(inner)
  if (isAboutAnArgument(error)) return { kind: 'stated', code: 'BAD_USER_INPUT' }
  return isAboutTheRequest(error) ? { kind: 'stated', code: 'BAD_REQUEST' } : { kind: 'fault', cause: error }
}

// Apollo Server gives some errors of its own a status and no code: that of a persisted query with another hash, for one.
function isAboutTheRequest({ path, extensions: { http } }: GraphQLError): boolean {
  if (path !== undefined || typeof http !== 'object' || http === null || !('status' in http)) return false
  return typeof http.status === 'number' && http.status >= 400 && http.status < 500
}

// graphql-js hands the extensions of any thrown object on to its wrapper: a code is only stated where it was written.
function statedCode({ extensions, originalError }: GraphQLError): string | null {
  const { code } = extensions
  const isInherited =
    originalError !== undefined && 'extensions' in originalError && originalError.extensions === extensions
  if (typeof code !== 'string' || isInherited) return null
  return code === 'INTERNAL_SERVER_ERROR' || code === 'INTERNAL' ? null : code
}

// graphql-js, values.ts: an argument that only at run time turns out to be missing or null names its value node.
function isAboutAnArgument({ nodes }: GraphQLError): boolean {
  const node = nodes?.[0]
  return node !== undefined && node.kind !== Kind.FIELD
}
