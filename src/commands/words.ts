import { UsageError } from './command.js'

/** What parseArgs makes of the words after a command; what it finds wrong with them is for who wrote them. @throws UsageError */
export function readWords<Words>(parse: () => Words): Words {
  try {
    return parse()
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message) // ERR_PARSE_ARGS_*
    throw error
  }
}

/** An action that there is none of, or one with more words behind it than it takes. */
export function unknownWords(command: string, positionals: readonly string[]): UsageError {
  return new UsageError(`What is "${[command, ...positionals].join(' ')}"?`)
}
