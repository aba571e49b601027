#!/usr/bin/env node
import { type App, createApp } from './app.js'
import { audit } from './commands/audit.js'
import { type Command, UsageError } from './commands/command.js'
import { explain } from './commands/explain.js'
import { keys } from './commands/keys.js'
import { type Config, readConfig } from './config.js'

const commands: Readonly<Record<string, Command>> = { explain, keys, audit }

const help = `Fieldgate: a GraphQL API server with sign-in, tokens and per-field scopes, on Postgres.

Usage: fieldgate [COMMAND] [--help]

Without a command it starts the server, and stops it on SIGTERM or SIGINT. It is configured by environment
variables: docs/reference/config.md lists them, and nothing has to be set for a first try.

Commands:
${Object.entries(commands)
  .map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`)
  .join('\n')}
`

const say = (line: string) => {
  process.stdout.write(`${line}\n`)
}

/** Where to go, for the person at the terminal. In production there is no explorer. */
function greeting(url: string, { environment }: Config): string {
  return [
    '',
    `Fieldgate is ready at ${url}`,
    ...(environment === 'production' ? [] : [`  explorer   ${url}/`]),
    `  GraphQL    ${url}/graphql`,
    `  health     ${url}/readyz`,
    '',
    'Stop with Ctrl-C.',
    '',
  ].join('\n')
}

function sayFirstPassword({ firstAdministrator }: App): void {
  if (!firstAdministrator?.password) return
  say(`
The first administrator has been made. This password is shown once:
  e-mail     ${firstAdministrator.email}
  password   ${firstAdministrator.password}`)
}

// A second signal does not wait.
function stopOnSignal(app: App): void {
  const stop = (signal: NodeJS.Signals) => {
    say(`${signal}: finishing what runs ...`)
    process.once(signal, () => process.exit(1))
    app.stop().then(() => say('Stopped.'), fail)
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
}

async function serve(): Promise<void> {
  const config = readConfig()
  const app = await createApp({ config, report: say })
  stopOnSignal(app)
  // Before anything else can fail: it is kept nowhere, and the next start makes no other.
  sayFirstPassword(app)
  try {
    say(greeting(await app.listen(), config))
  } catch (error) {
    // The database and the timers would keep the process alive, deaf.
    await app.stop()
    throw error
  }
}

async function run(name: string, args: readonly string[]): Promise<void> {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command === undefined) throw new UsageError(`There is no command "${name}".\n\n${help}`)
  if (args.includes('--help') || args.includes('-h')) return say(command.usage)
  process.exitCode = await command.run(args, { say })
}

/** Faults that say what to do need no stack. */
function fail(error: unknown): void {
  const isExplained = error instanceof Error && (explained.has(error.name) || isRefusedAddress(error))
  const text = error instanceof Error ? (isExplained ? error.message : error.stack) : String(error)
  process.stderr.write(`${text}\n`)
  process.exitCode = 1
}

// `listen EADDRINUSE: address already in use 127.0.0.1:4000`: the text of Node says it all.
const isRefusedAddress = (error: Error) => 'syscall' in error && error.syscall === 'listen'

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

const [name, ...args] = process.argv.slice(2)
try {
  if (name === undefined) await serve()
  else if (name === '--help' || name === '-h' || name === 'help') say(help)
  else await run(name, args)
} catch (error) {
  fail(error)
}
