#!/usr/bin/env node
import { parseArgs } from 'node:util'
import { type App, createApp } from './app.js'
import { ConfigError, readConfig } from './config.js'

const help = `Fieldgate: a GraphQL API server with sign-in, tokens and per-field scopes, on Postgres.

Usage: fieldgate [--help]

Starts the server and stops it on SIGTERM or SIGINT. It is configured by environment variables:
docs/reference/config.md lists them, and nothing has to be set for a first try.
`

const say = (line: string) => process.stdout.write(`${line}\n`)

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
    app.stop().then(
      () => say('Stopped.'),
      (error: unknown) => fail(error),
    )
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
}

/** Faults that say what to do need no stack. */
function fail(error: unknown): void {
  const isExplained = error instanceof ConfigError || (error instanceof Error && explained.has(error.name))
  const text = error instanceof Error ? (isExplained ? error.message : error.stack) : String(error)
  process.stderr.write(`${text}\n`)
  process.exitCode = 1
}

const explained: ReadonlySet<string> = new Set([
  'DatabaseError',
  'MasterKeyError',
  'AuthorizationFaults',
  'AppError',
])

try {
  const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h' } } })
  if (values.help) {
    say(help)
  } else {
    const app = await createApp({ config: readConfig(), report: say })
    stopOnSignal(app)
    say(greeting(await app.listen(), app))
  }
} catch (error) {
  fail(error)
}
