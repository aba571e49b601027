import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { afterEach } from 'vitest'
import { testAdministrator } from '../../src/testing/test-app.js'

/** A server as a process of its own, and where it answers. */
export type Replica = { process: ChildProcess; url: string }

export type Ending = { code: number | null; lines: readonly string[] }

export type ReplicaEnvironment = Readonly<Record<string, string>> & { DATABASE_URL: string }

export const newMasterKey = () => randomBytes(32).toString('base64')

/** What Node is started with. */
export type Program = readonly string[]

const masterKey = newMasterKey()

// What all replicas have in common, as those behind one load balancer do.
const shared = {
  PATH: process.env['PATH'],
  NODE_ENV: 'production',
  LOG_LEVEL: 'error',
  PORT: '0',
  PUBLIC_URL: 'https://api.example.com',
  MASTER_KEY: masterKey,
  ADMIN_EMAIL: testAdministrator.email,
  ADMIN_PASSWORD: testAdministrator.password,
}

// What the processes of this test file said, each with its arguments before it.
const transcripts: { name: string; lines: readonly string[] }[] = []

// A client is told no more than a code; why it got that one stands in the log of the process.
afterEach(({ task }) => {
  if (task.result?.state !== 'fail') return
  for (const { name, lines } of transcripts) console.error(`${name} said:\n${lines.join('\n')}`)
})

/** Resolves when it is ready. Rejects with what it said when it ends before that. */
export async function startReplica(env: ReplicaEnvironment, program?: Program): Promise<Replica> {
  const { child, lines, ended } = run([], env, program)
  const ready = new Promise<string>((resolve) => {
    child.stdout.on('data', () => {
      const url = /ready at (http\S+)/.exec(lines.join('\n'))?.[1]
      if (url !== undefined) resolve(url)
    })
  })
  const url = await Promise.race([ready, ended.then(({ lines: said }) => Promise.reject(failure(said)))])
  return { process: child, url }
}

/** One of the commands beside the server, such as `keys rotate`, to its end. */
export async function runCommand(
  args: readonly string[],
  env: ReplicaEnvironment,
  program?: Program,
): Promise<Ending> {
  return run(args, env, program).ended
}

/** As an operator stops it. Returns its exit code. */
export function stopReplica(replica: Replica): Promise<number | null> {
  return end(replica, 'SIGTERM')
}

/** The hard way. Resolves when it is gone. */
export function killReplica(replica: Replica): Promise<number | null> {
  return end(replica, 'SIGKILL')
}

async function end({ process: child }: Replica, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const gone = once(child, 'exit')
    child.kill(signal)
    await gone
  }
  return child.exitCode
}

function run(args: readonly string[], env: ReplicaEnvironment, program: Program = ['dist/main.js']) {
  const child = spawn(process.execPath, [...program, ...args], {
    env: { ...shared, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  transcripts.push({ name: `${['fieldgate', ...args].join(' ')} (${child.pid})`, lines })
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => lines.push(line))
  }
  const killWithUs = () => void child.kill('SIGKILL')
  process.once('exit', killWithUs)
  const ended = once(child, 'close').then((): Ending => {
    process.off('exit', killWithUs)
    return { code: child.exitCode, lines }
  })
  return { child, lines, ended }
}

function failure(lines: readonly string[]): Error {
  return new Error(`The server ended before it was ready:\n${lines.join('\n')}`)
}
