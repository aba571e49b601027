import { createLogger } from '../../src/http/logger.js'

/** A logger at the chattiest level whose lines stay in memory. */
export function captureLog() {
  let text = ''
  const log = createLogger({ level: 'trace', destination: { write: (line) => void (text += line) } })
  return {
    log,
    text: () => text,
    lines: (): Record<string, unknown>[] =>
      text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line)),
  }
}
