import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A server as a process of its own. */
export type Server = {
  readonly url: string
  /** Seconds of CPU that its process has used. */
  cpuSeconds(): Promise<number>
  /** Bytes in its resident set. */
  memoryBytes(): Promise<number>
  stop(): Promise<void>
}

export const administrator = { email: 'admin@example.com', password: 'a password for benches' }

const masterKey = randomBytes(32).toString('base64')

/** What `npm run build` made. */
export const ownBuild = fileURLToPath(new URL('../../../../dist/', import.meta.url))

export type ServerOptions = {
  readonly databaseUrl: string
  /** Another build to measure: the directory that holds its `main.js`. */
  readonly build?: string
  readonly nodeArguments?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}

/** Answers when it is ready. */
export async function startServer({
  databaseUrl,
  build = ownBuild,
  nodeArguments = [],
  environment = {},
}: ServerOptions): Promise<Server> {
  const child = spawn(process.execPath, [...nodeArguments, `${build}/main.js`], {
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'production',
      LOG_LEVEL: 'warn',
      PORT: '0',
      PUBLIC_URL: 'https://api.example.com',
      DATABASE_URL: databaseUrl,
      MASTER_KEY: masterKey,
      // So that nobody has to sign in anew in the middle of a measurement.
      ACCESS_TOKEN_SECONDS: '3600',
      ADMIN_EMAIL: administrator.email,
      ADMIN_PASSWORD: administrator.password,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const killWithUs = () => void child.kill('SIGKILL')
  process.once('exit', killWithUs)
  const ended = once(child, 'exit')
  let said = ''
  const ready = new Promise<string>((resolve) => {
    child.stdout.on('data', (data) => {
      said += data
      const url = /ready at (http\S+)/.exec(said)?.[1]
      if (url !== undefined) resolve(url)
    })
  })
  const refused = ended.then(() => Promise.reject(new Error(`The server ended at its start:\n${said}`)))
  refused.catch(() => {}) // later, it ends because it is told to
  const url = await Promise.race([ready, refused])

  return {
    url,
    cpuSeconds: () => readMetric(url, 'process_cpu_seconds_total'),
    memoryBytes: () => readMetric(url, 'process_resident_memory_bytes'),
    async stop() {
      child.kill('SIGTERM')
      await ended
      process.off('exit', killWithUs)
    },
  }
}

async function readMetric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const value = new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1]
  if (value === undefined) throw new Error(`The server has no metric ${name}.`)
  return Number(value)
}
