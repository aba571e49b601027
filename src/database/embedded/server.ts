import type { ChildProcessByStdio } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, Socket } from 'node:net'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { DatabaseError } from '../error.js'
import type { Account } from './account.js'
import type { Binaries } from './binaries.js'
import type { Cluster, Settings } from './cluster.js'
import { ownDirectory, programEnvironment } from './cluster.js'
import { stopProcess } from './process.js'

export type Server = {
  port: number
  pid: number
  /** Ends its connections and stops it; answers when it is gone. */
  stop: () => Promise<void>
}

export type ServerOptions = {
  binaries: Binaries
  account: Account
  cluster: Cluster
  settings: Settings
  /** Told when the server ends without having been asked to. */
  onUnexpectedExit: (lastLines: string) => void
}

const startAttempts = 20
const retryMs = 250
const keptLines = 10

/**
 * Faults that pass: somebody took the port between the look and the start; the children of a server that was killed
 * have not noticed its death yet.
 */
const passingFault = /Address already in use|pre-existing shared memory block/

/** Starts Postgres on a free port of 127.0.0.1; answers when it accepts connections. */
export async function startServer(options: ServerOptions): Promise<Server> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await findFreePort()
    const started = await startOn(port, options)
    if (typeof started !== 'string') return started
    if (!passingFault.test(started) || attempt === startAttempts) {
      throw new DatabaseError(`Postgres does not start in ${options.cluster.directory}:\n${started}`)
    }
    await delay(retryMs)
  }
}

/** Answers the running server, or its last words. */
async function startOn(port: number, options: ServerOptions): Promise<Server | string> {
  const child = spawn(options.binaries.postgres, postgresArguments(port, options), {
    ...options.account,
    cwd: options.cluster.directory,
    env: programEnvironment,
    stdio: ['ignore', 'ignore', 'pipe'],
    // Out of the terminal's process group: Ctrl-C is for Fieldgate, which stops the database last.
    detached: true,
  })
  const { ready, exited } = observe(child)
  const lastWords = await Promise.race([ready, exited])
  const { pid } = child
  if (lastWords !== null || pid === undefined) return lastWords ?? 'It has no process.'

  // A database alone is no reason for the process to live on; its end is, once it is asked for.
  const handles = [child, ...(child.stderr instanceof Socket ? [child.stderr] : [])]
  for (const handle of handles) handle.unref()
  let asked = false
  void exited.then((lines) => asked || options.onUnexpectedExit(lines))
  return {
    port,
    pid,
    stop: async () => {
      asked = true
      if (child.exitCode !== null || child.signalCode !== null) return
      for (const handle of handles) handle.ref()
      const gone = exited.then(() => true)
      await stopProcess(pid, (ms) => Promise.race([gone, delay(ms, false, { ref: false })]))
    },
  }
}

/** When it accepts connections, and its last words when it has ended. */
function observe(child: ChildProcessByStdio<null, null, Readable>) {
  const lastLines: string[] = []
  const ready = new Promise<null>((resolve) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      lastLines.push(line)
      if (lastLines.length > keptLines) lastLines.shift()
      if (line.includes('ready to accept connections')) resolve(null)
    })
  })
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', () => resolve(lastLines.join('\n')))
  })
  return { ready, exited }
}

function postgresArguments(port: number, { cluster, settings }: ServerOptions): string[] {
  const fixed: Settings = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // What the server itself has to say, but no failed statement: its values may be secrets.
    log_min_messages: 'log',
  }
  const flags = Object.entries({ ...settings, ...fixed }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ])
  return ['-D', ownDirectory(cluster), ...flags]
}

async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string')
    throw new Error('A TCP server has an address with a port.')
  return address.port
}
