import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '../../src/database/embedded.js'
import { isAlive } from '../../src/database/embedded/process.js'

export type Cluster = {
  readonly url: string
  /** Seconds of CPU that its processes have used, those that have ended too. Linux only. */
  cpuSeconds(): Promise<number>
  stop(): Promise<void>
}

/** The embedded Postgres as in production, durable commits and all, in a directory that goes with it. */
export async function startCluster(settings: Readonly<Record<string, string>> = {}): Promise<Cluster> {
  const dataDir = await mkdtemp(join(tmpdir(), 'fieldgate-bench-'))
  const { url, pid, stop } = await startEmbeddedPostgres({ dataDir, settings })
  const endWithUs = () => {
    if (isAlive(pid)) process.kill(pid, 'SIGINT')
  }
  process.once('exit', endWithUs)
  return {
    url,
    cpuSeconds: () => cpuSecondsOfFamily(pid),
    async stop() {
      process.off('exit', endWithUs)
      await stop()
      await rm(dataDir, { recursive: true })
    },
  }
}

// proc(5): after the name, in parentheses, come the state, the parent and, ten fields on, four counts of ticks: of user and
// system, of the process itself and of its children that have ended. Linux has 100 ticks a second whatever the machine.
async function cpuSecondsOfFamily(parent: number): Promise<number> {
  const ids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))
  const states = await Promise.all(
    ids.map(async (id) => {
      const stat = await readFile(`/proc/${id}/stat`, 'utf8').catch(() => '') // one that has ended meanwhile
      const [, parentId, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(9, 13).map(Number)
      if (Number(id) === parent) return user + system + endedUser + endedSystem
      return Number(parentId) === parent ? user + system : 0
    }),
  )
  return states.length === 0 ? Number.NaN : states.reduce((sum, ticks) => sum + ticks, 0) / 100
}
