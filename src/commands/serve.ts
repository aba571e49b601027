import { type App, createApp } from '../app.js'
import { type Config, readConfig } from '../config.js'
import type { Surroundings } from './command.js'

type ServeOptions = Surroundings & {
  /** What goes wrong after the start. */
  fail(error: unknown): void
}

/** Starts the server, and stops it on SIGTERM or SIGINT. Resolves when it is ready. */
export async function serve({ say, domains, fail }: ServeOptions): Promise<void> {
  const config = readConfig()
  const app = await createApp({ config, domains, report: say })
  stopOnSignal(app, { say, fail })
  // Before anything else can fail: it is kept nowhere, and the next start makes no other.
  sayFirstPassword(app, say)
  try {
    say(greeting(await app.listen(), config))
  } catch (error) {
    // The database and the timers would keep the process alive, deaf.
    await app.stop().catch(fail)
    throw error
  }
}

/** A second signal, whichever it is, does not wait. */
function stopOnSignal(app: App, { say, fail }: Pick<ServeOptions, 'say' | 'fail'>): void {
  let first: { signal: NodeJS.Signals; atMs: number } | null = null
  const onSignal = (signal: NodeJS.Signals) => {
    if (first === null) {
      first = { signal, atMs: performance.now() }
      say(`${signal}: finishing what runs ...`)
      app.stop().then(() => say('Stopped.'), fail)
    } else if (signal !== first.signal || performance.now() - first.atMs > echoMs) process.exit(1)
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
}

// Ctrl-C reaches the process from the terminal, and once more from `npm start`, which hands it on.
const echoMs = 500

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

function sayFirstPassword({ firstAdministrator }: App, say: Surroundings['say']): void {
  if (!firstAdministrator?.password) return
  say(`
The first administrator has been made. This password is shown once:
  e-mail     ${firstAdministrator.email}
  password   ${firstAdministrator.password}`)
}
