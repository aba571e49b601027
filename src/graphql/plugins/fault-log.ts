import type { GraphQLRequestContext } from '@apollo/server'
import { Kind, visit } from 'graphql'
import type { DocumentNode, GraphQLError } from 'graphql'
import type { Logger } from 'pino'
import type { Context } from '../context.js'
import { faultOf } from '../errors.js'
import type { OrderedPlugin } from './in-order.js'

/**
 * Logs what clients see only as `INTERNAL`, with the cause. Drivers repeat values in their texts, so whatever the
 * client sent as a string is taken out first: a password stays out of the log whoever quotes it.
 */
export const faultLog: OrderedPlugin = {
  requestDidStart: () => ({
    didEncounterErrors(request) {
      logFaults(operationOf(request), request.errors)
    },
  }),
  unexpectedErrorProcessingRequest({ requestContext, error }) {
    logFault(operationOf(requestContext), error)
  },
}

/** What a fault happened in, and where to log it. */
export type FaultyOperation = {
  readonly document: DocumentNode | undefined
  readonly variables: unknown
  readonly log: Logger
}

function operationOf({ document, request, contextValue }: GraphQLRequestContext<Context>): FaultyOperation {
  return { document, variables: request.variables, log: contextValue.log }
}

/** Logs those of the errors that are faults of ours. */
export function logFaults(operation: FaultyOperation, errors: readonly GraphQLError[]): void {
  for (const error of errors) {
    const fault = faultOf(error)
    if (fault !== null) logFault(operation, fault.cause, error.path)
  }
}

function logFault(
  { document, variables, log }: FaultyOperation,
  cause: unknown,
  path?: readonly (string | number)[],
) {
  const inputs = [...stringsIn(variables), ...literalsIn(document)]
  log.error({ path: path?.join('.'), err: censored(cause, censorOf(inputs)) }, 'operation failed')
}

// Without recursion: a client can nest as deep as the body limit lets it.
function stringsIn(variables: unknown): string[] {
  const found: string[] = []
  const open = [variables]
  while (open.length > 0) {
    const value = open.pop()
    if (typeof value === 'string') found.push(value)
    if (typeof value === 'object' && value !== null) for (const item of Object.values(value)) open.push(item)
  }
  return found
}

function literalsIn(document: DocumentNode | undefined): string[] {
  const literals: string[] = []
  if (document !== undefined) visit(document, { [Kind.STRING]: ({ value }) => void literals.push(value) })
  return literals
}

// Shorter ones are words of any text.
const shortestInput = 4
/** Past this no search is worth its time: the texts are withheld instead. */
const mostInputs = 1000
const deepestCause = 5

type Censor = (text: string) => string

function censorOf(inputs: readonly string[]): Censor {
  const forms = inputs
    .filter((input) => input.length >= shortestInput)
    // As it is, and as it stands inside quotes.
    .flatMap((input) => [input, JSON.stringify(input).slice(1, -1)])
    .toSorted((one, other) => other.length - one.length)
  if (forms.length > mostInputs) return () => '[withheld]'
  return (text) =>
    forms.reduce((rest, form) => rest.replace(new RegExp(escapePattern(form), 'gi'), '[input]'), text)
}

const escapePattern = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

function censored(cause: unknown, censor: Censor, depth = 0): unknown {
  if (typeof cause === 'string') return censor(cause)
  if (!(cause instanceof Error)) return cause
  const copy = new Error(censor(cause.message))
  copy.name = cause.name
  copy.stack = censor(cause.stack ?? '')
  if ('code' in cause) Object.assign(copy, { code: cause.code })
  if (cause.cause !== undefined && depth < deepestCause) copy.cause = censored(cause.cause, censor, depth + 1)
  return copy
}
