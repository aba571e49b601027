import { pino, stdTimeFunctions } from 'pino'
import type { DestinationStream, Level, Logger } from 'pino'
import { redactLine } from './redaction.js'

export type LoggerOptions = {
  level: Level | 'silent'
  /** Where the lines go; standard output by default. */
  destination?: DestinationStream
}

type LoggedError = { type: string; message: string; code?: string; stack?: string; cause?: LoggedError }

const longestText = 16_384
const deepestCause = 5

/**
 * The log: a line of JSON each. Errors are logged by name, text, code, stack and cause alone, since drivers hang
 * parameters, packets and headers on them, and every finished line passes the redaction.
 */
export function createLogger({ level, destination }: LoggerOptions): Logger {
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: {
      err: (error: unknown) => describeError(error),
      error: (error: unknown) => describeError(error),
    },
    hooks: { streamWrite: redactLine },
  }
  return destination === undefined ? pino(options) : pino(options, destination)
}

function describeError(error: unknown, depth = 0): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: textOf(error) }
  const { name, message, stack, cause } = error
  return {
    type: name,
    message: message.slice(0, longestText),
    ...('code' in error && typeof error.code === 'string' && { code: error.code }),
    ...(stack !== undefined && { stack: stack.slice(0, longestText) }),
    ...(cause !== undefined && depth < deepestCause && { cause: describeError(cause, depth + 1) }),
  }
}

// Anything can be thrown. What is no error and no text says only what it is.
function textOf(thrown: unknown): string {
  return typeof thrown === 'string' ? thrown.slice(0, longestText) : Object.prototype.toString.call(thrown)
}
