#!/usr/bin/env node
import { type App, createApp } from './app.js'
import { audit } from './commands/audit.js'
import { type Command, UsageError } from './commands/command.js'
import { explain } from './commands/explain.js'
import { keys } from './commands/keys.js'
import { readConfig } from './config.js'

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

/** Where to go and what to try, for the person at the terminal. */
function greeting(url: string, { firstAdministrator }: App): string {
  const lines = [
    '',
    `Fieldgate is ready at ${url}`,
    `  explorer   ${url}/`,
    `  GraphQL    ${url}/graphql`,
    `  health     ${url}/readyz`,
  ]
  if (firstAdministrator?.password) {
    lines.push(
      '',
      'The first administrator has been made. This password is shown once:',
      `  e-mail     ${firstAdministrator.email}`,
      `  password   ${firstAdministrator.password}`,
    )
  }
  return [...lines, '', 'Stop with Ctrl-C.', ''].join('\n')
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
  const app = await createApp({ config: readConfig(), report: say })
  stopOnSignal(app)
  say(greeting(await app.listen(), app))
}

async function run(name: string, args: readonly string[]): Promise<void> {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command === undefined) throw new UsageError(`There is no command "${name}".\n\n${help}`)
  if (args.includes('--help') || args.includes('-h')) return say(command.usage)
  process.exitCode = await command.run(args, { say })
}

/** Faults that say what to do need no stack. */
function fail(error: unknown): void {
  const isExplained = error instanceof Error && explained.has(error.name)
  const text = error instanceof Error ? (isExplained ? error.message : error.stack) : String(error)
  process.stderr.write(`${text}\n`)
  process.exitCode = 1
}

const explained: ReadonlySet<string> = new Set([
  'AppError',
  'AuditChainError',
  'AuthorizationFaults',
  'ConfigError',
  'DatabaseError',
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
