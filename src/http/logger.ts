import { pino } from 'pino'
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
    timestamp: createTimestamp(),
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: {
      err: (error: unknown) => describeError(error),
      error: (error: unknown) => describeError(error),
    },
    hooks: { streamWrite: redactLine },
  }
  return pino(options, destination ?? (standardOutput ??= createStandardOutput()))
}

let standardOutput: DestinationStream | null = null

/** How long a line may wait for others, in milliseconds, and how many characters they may have together. */
const longestWaitMs = 100
const mostWaiting = 16_384
/** What cannot be written, to a full disk for one, is kept up to so many characters. */
const mostUnwritten = 1_000_000

/**
 * Standard output. A terminal gets each line at once; a file or a pipe gets several in one call of the system, which takes
 * longer than to make a line. What waits is written at the end of the process too, unless it is killed.
 */
function createStandardOutput(): DestinationStream {
  const output = pino.destination({ dest: 1, sync: true, maxLength: mostUnwritten })
  // A log that cannot be written must not end the server.
  output.on('error', () => {})
  if (process.stdout.isTTY) return output
  let waiting = ''
  let timer: NodeJS.Timeout | null = null
  let phase: 'running' | 'ending' = 'running'
  // Not by its own buffer: that is flushed with an fsync, for which the whole process would stand still.
  function writeWaiting(): void {
    const lines = waiting
    waiting = ''
    if (lines !== '') output.write(lines)
  }
  process.once('exit', () => {
    phase = 'ending'
    writeWaiting()
  })
  const stream = {
    write(line: string) {
      waiting += line
      if (phase === 'ending' || waiting.length >= mostWaiting) return writeWaiting()
      timer ??= setTimeout(() => {
        timer = null
        writeWaiting()
      }, longestWaitMs).unref()
    },
    /** Asked by pino for a line of the level `fatal`. */
    flushSync: writeWaiting,
  }
  return stream
}

/** RFC 3339, in UTC, to the millisecond. Only once a second it is made from a date. */
function createTimestamp(): () => string {
  let second = -1
  let prefix = ''
  return () => {
    const now = Date.now()
    if (Math.floor(now / 1000) !== second) {
      second = Math.floor(now / 1000)
      prefix = new Date(second * 1000).toISOString().slice(0, -'000Z'.length)
    }
    return `,"time":"${prefix}${String(now % 1000).padStart(3, '0')}Z"`
  }
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
