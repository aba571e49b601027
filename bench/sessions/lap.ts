import type { Cluster } from './cluster.js'
import type { Done, Job, Load } from './load.js'
import type { Server } from './server.js'
import { percentile } from './statistics.js'

export type Lap = {
  readonly perSecond: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  /** Microseconds of CPU for one, by who used it: on a busy machine the only numbers that say much. */
  readonly server: number
  readonly postgres: number
  readonly client: number
}

export type Place = {
  readonly cluster: Pick<Cluster, 'cpuSeconds'>
  readonly server: Server
  readonly load: Load
}

/** Runs a job, and says what it took. */
export async function lapOf({ cluster, server, load }: Place, job: Job): Promise<{ lap: Lap; done: Done }> {
  const before = [await server.cpuSeconds(), await cluster.cpuSeconds()] as const
  const done = await load.run(job)
  const after = [await server.cpuSeconds(), await cluster.cpuSeconds()] as const
  const { latencies } = done
  const each = (seconds: number) => (seconds * 1e6) / latencies.length
  const lap = {
    perSecond: latencies.length / done.seconds,
    p50: percentile(latencies, 50),
    p99: percentile(latencies, 99),
    server: each(after[0] - before[0]),
    postgres: each(after[1] - before[1]),
    client: each(done.cpuSeconds),
  }
  return { lap, done }
}
