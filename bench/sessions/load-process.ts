import { setTimeout as delay } from 'node:timers/promises'
import { cpuSince } from '../measure.js'
import { derive } from './derive.js'
import { openConnection } from './http-client.js'
import type { Done, Job } from './load.js'
import { askMe, refreshTokens, signIn, standingOf, type Tokens } from './operations.js'

/** Between two questions. */
const pauseMilliseconds = 5

type Client = { step(): Promise<void>; close(): void }

async function clientsOf(job: Job, sessions: Tokens[]): Promise<Client[]> {
  if (job.kind === 'argon2id') {
    const step = async () => void (await derive(job.password))
    return Array.from({ length: job.clients }, () => ({ step, close: () => {} }))
  }
  if (job.kind === 'ask') return Promise.all([...job.urls, ...job.urls].map((url) => asker(url, job.tokens)))
  const count = job.kind === 'login' ? job.clients : job.sessions.length
  const connections = await Promise.all(Array.from({ length: count }, () => openConnection(job.url)))
  return connections.map((connection, at) => ({
    async step() {
      if (job.kind === 'login') return void (await signIn(connection, job.user))
      const tokens = sessions[at]
      if (tokens === undefined) throw new Error('There is a session for each client.')
      if (job.kind === 'me') return void (await askMe(connection, tokens))
      sessions[at] = await refreshTokens(connection, tokens)
    },
    close: connection.close,
  }))
}

async function asker(url: string, tokens: Tokens): Promise<Client> {
  const connection = await openConnection(url)
  return {
    async step() {
      if ((await standingOf(connection, tokens)) === 'refused') throw new Error('A good token was refused.')
      await delay(pauseMilliseconds)
    },
    close: connection.close,
  }
}

async function run(job: Job): Promise<Done> {
  const sessions = 'sessions' in job ? [...job.sessions] : []
  const clients = await clientsOf(job, sessions)
  const latencies: number[] = []
  const cpuBefore = process.cpuUsage()
  const start = performance.now()
  const end = start + job.milliseconds
  await Promise.all(
    clients.map(async ({ step }) => {
      for (let before = performance.now(); before < end; ) {
        await step()
        const now = performance.now()
        latencies.push(now - before)
        before = now
      }
    }),
  )
  const seconds = (performance.now() - start) / 1000
  const cpuSeconds = cpuSince(cpuBefore) / 1e6
  for (const { close } of clients) close()
  return { seconds, cpuSeconds, latencies, sessions }
}

process.on('message', (job: Job) => {
  run(job).then(
    (done) => process.send?.(done),
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
})
process.once('disconnect', () => process.exit())
