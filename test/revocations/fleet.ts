import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { EntityManager } from 'typeorm'
import { openDatabase } from '../../src/database/data-source.js'
import { startEmbeddedPostgres } from '../../src/database/embedded.js'
import { migrate } from '../../src/database/migrate.js'
import { migrations } from '../../src/database/migrations.js'
import type { Revocable, RevocationTiming } from '../../src/revocations/revocation.js'
import { freezePostgres } from '../support/freeze-postgres.js'
import { type BlackHoleProxy, startBlackHoleProxy } from './black-hole-proxy.js'
import type { ReplicaOptions } from './replica-process.js'

const settings = { fsync: 'off', full_page_writes: 'off', max_connections: '100' }
const program = fileURLToPath(new URL('replica-process.ts', import.meta.url))

/** Status of HTTP; null where nothing answers. */
export type Answer = number | null

export type FleetReplica = {
  process: ChildProcess
  /** Its ways to Postgres: all of them. */
  proxies: readonly BlackHoleProxy[]
  check: (credential: Revocable) => Promise<Answer>
  endSession: (sessionId: string) => Promise<Answer>
}

export type Fleet = Awaited<ReturnType<typeof startFleet>>

/** Replicas as processes of their own, on one Postgres of their own, each by a network that can be broken. */
export async function startFleet({ size, timing }: { size: number; timing: RevocationTiming }) {
  const dataDir = await mkdtemp(join(tmpdir(), 'fieldgate-fleet-'))
  let postgres = await startEmbeddedPostgres({ dataDir, settings })
  await onDatabase(postgres.url, async (db) => void (await migrate(db.connection)))
  const agent = new Agent({ keepAlive: true })
  const replicas = await Promise.all(
    Array.from({ length: size }, () => startReplica({ url: postgres.url, timing, agent })),
  ).catch(async (error: unknown) => {
    await postgres.stop()
    throw error
  })

  return {
    replicas,

    /** Runs SQL past all replicas and proxies. */
    sql: <T>(work: (db: EntityManager) => Promise<T>): Promise<T> => onDatabase(postgres.url, work),

    async addReplica(): Promise<FleetReplica> {
      const replica = await startReplica({ url: postgres.url, timing, agent })
      replicas.push(replica)
      return replica
    },

    /** Kills a replica the hard way. */
    async kill(replica: FleetReplica): Promise<void> {
      replicas.splice(replicas.indexOf(replica), 1)
      replica.process.kill('SIGKILL')
      await once(replica.process, 'exit')
      await Promise.all(replica.proxies.map((proxy) => proxy.stop()))
    },

    freezePostgres: (): Promise<() => void> => freezePostgres(postgres),

    async stopPostgres(): Promise<void> {
      await postgres.stop()
    },

    async startPostgres(): Promise<void> {
      postgres = await startEmbeddedPostgres({ dataDir, settings })
      for (const { proxies } of replicas) for (const proxy of proxies) proxy.leadTo(postgres.url)
    },

    async stop(): Promise<void> {
      for (const { process: child, proxies } of replicas) {
        child.kill('SIGKILL')
        await Promise.all(proxies.map((proxy) => proxy.stop()))
      }
      agent.destroy()
      await postgres.stop()
      await rm(dataDir, { recursive: true })
    },
  }
}

type Start = { url: string; timing: RevocationTiming; agent: Agent }

async function startReplica({ url, timing, agent }: Start): Promise<FleetReplica> {
  const [log, pool] = [await startBlackHoleProxy(url), await startBlackHoleProxy(url)]
  const options: ReplicaOptions = { logUrl: log.url, poolUrl: pool.url, timing }
  const child = fork(program, [JSON.stringify(options)], { execArgv: ['--import', 'tsx'] })
  const [port] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) =>
      Promise.reject(new Error(`A replica ended at its start with ${code}.`)),
    ),
  ])
  const post = (path: string, body: string) => postTo({ port, path, body, agent })
  return {
    process: child,
    proxies: [log, pool],
    check: (credential) => post('/check', JSON.stringify(credential)),
    endSession: (sessionId) => post(`/sessions/${sessionId}/end`, ''),
  }
}

type Post = { port: number; path: string; body: string; agent: Agent }

function postTo({ port, path, body, agent }: Post): Promise<Answer> {
  return new Promise((resolve) => {
    const outgoing = request({ host: '127.0.0.1', port, path, method: 'POST', agent }, (response) => {
      response.resume()
      response.once('close', () => resolve(response.statusCode ?? null))
    })
    outgoing.once('error', () => resolve(null))
    outgoing.end(body)
  })
}

async function onDatabase<T>(url: string, work: (db: EntityManager) => Promise<T>): Promise<T> {
  const dataSource = await openDatabase({ url, poolSize: 2, tables: [], migrations })
  try {
    return await work(dataSource.manager)
  } finally {
    await dataSource.destroy()
  }
}
