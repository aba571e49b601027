/** An exit, which a signal alone is not, takes Postgres and the servers along. */
export function exitOnSignals(): void {
  process.on('SIGINT', () => process.exit(130))
  process.on('SIGTERM', () => process.exit(143))
}

/**
 * What `read` makes of the words behind the script. `--help` shows the usage; what `read` refuses by an error shows why, too.
 * Neither comes back: no measurement runs, and no result is replaced, because of a slip.
 */
export function readCommandLine<T>(usage: string, read: (words: string[]) => T): T {
  const words = process.argv.slice(2)
  if (words.includes('--help')) {
    console.log(usage)
    process.exit(0)
  }
  try {
    return read(words)
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
    process.exit(2)
  }
}

/** For a script that takes none. */
export function expectNoWords(usage: string): void {
  readCommandLine(usage, (words) => {
    if (words.length > 0) throw new Error(`There is nothing to say here, but: ${words.join(' ')}`)
  })
}
