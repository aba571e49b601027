import type { Domain } from '../domain.js'
import { audit } from './audit.js'
import { type Command, type Surroundings, UsageError } from './command.js'
import { explain } from './explain.js'
import { keys } from './keys.js'
import { serve } from './serve.js'
import { users } from './users.js'

const commands: Readonly<Record<string, Command>> = { explain, keys, audit, users }

const help = `Fieldgate: a GraphQL API server with sign-in, tokens and per-field scopes, on Postgres.

Usage: fieldgate [COMMAND] [--help]

Without a command it starts the server, and stops it on SIGTERM or SIGINT. It is configured by environment
variables: docs/reference/config.md lists them, and nothing has to be set for a first try.

Commands:
${Object.entries(commands)
  .map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`)
  .join('\n')}
`

/**
 * The server and its commands, as the words after the program's name ask. An application with domains of its own calls
 * it in a main of its own. Never rejects: what goes wrong is said on stderr, and `process.exitCode` tells of it.
 */
export async function runCommandLine(
  words: readonly string[],
  { domains = [] }: { domains?: readonly Domain[] } = {},
): Promise<void> {
  const [name, ...args] = words
  try {
    if (name === undefined) await serve({ say, domains, fail })
    else if (name === '--help' || name === '-h' || name === 'help') say(help)
    else await run(name, args, { say, domains })
  } catch (error) {
    fail(error)
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

async function run(name: string, args: readonly string[], surroundings: Surroundings): Promise<void> {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command === undefined) throw new UsageError(`There is no command "${name}".\n\n${help}`)
  if (args.includes('--help') || args.includes('-h')) return say(command.usage)
  try {
    process.exitCode = await command.run(args, surroundings)
  } catch (error) {
    throw error instanceof UsageError ? new UsageError(`${error.message}\n\n${command.usage}`) : error
  }
}

/** Faults that say what to do need no stack. */
function fail(error: unknown): void {
  process.stderr.write(`${textOf(error)}\n`)
  process.exitCode = 1
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // `listen EADDRINUSE: address already in use 127.0.0.1:4000`
  if ('syscall' in error && error.syscall === 'listen')
    return `${error.message}. Set PORT or HOST to something else.`
  return explained.has(error.name) ? error.message : (error.stack ?? error.message)
}

const explained: ReadonlySet<string> = new Set([
  'AppError',
  'AuditChainError',
  'AuthorizationFaults',
  'ConfigError',
  'DatabaseError',
  'DomainError',
  'GraphQLError',
  'MasterKeyError',
  'UsageError',
])
