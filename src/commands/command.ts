import type { Domain } from '../domain.js'

/** A command of the command line beside the start of the server. */
export type Command = {
  /** One line for the list of commands. */
  summary: string
  /** What `--help` shows. */
  usage: string
  /** @returns the exit code. @throws UsageError for words that it does not know */
  run(args: readonly string[], surroundings: Surroundings): Promise<number>
}

export type Surroundings = {
  say(line: string): void
  /** Those of the application, beside Fieldgate's. */
  domains: readonly Domain[]
}

/** The words were wrong: the usage of the command is shown along with it. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
