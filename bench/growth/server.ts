import { spreadOf } from '../measure.js'
import type { Cluster } from '../sessions/cluster.js'
import { type Lap, lapOf } from '../sessions/lap.js'
import type { Load } from '../sessions/load.js'
import type { Tokens } from '../sessions/operations.js'
import { signInMany } from '../sessions/refresh.js'
import { type Server, startServer } from '../sessions/server.js'
import { createDatabase, fillings, run } from './filling.js'
import type { Series } from './series.js'

const sizes = {
  users: [1000, 10_000, 100_000, 1_000_000],
  sessions: [100, 10_000, 1_000_000],
  revocations: [100, 1000, 10_000, 100_000],
} as const

const dimensions = {
  users: 'users',
  sessions: 'sessions held',
  revocations: 'revocations in memory',
} as const

export type Kind = keyof typeof sizes

type Runner = {
  readonly size: number
  readonly server: Server
  sessions: readonly Tokens[]
  readonly laps: { me: Lap[]; refresh: Lap[] }
}

const clients = 8

async function openFilled(cluster: Cluster, kind: Kind, size: number): Promise<Runner> {
  const databaseUrl = await createDatabase(cluster.url, `${kind}_${size}`)
  const server = await startServer({ databaseUrl })
  await run(databaseUrl, fillings[kind](size))
  return { size, server, sessions: await signInMany(server, clients), laps: { me: [], refresh: [] } }
}

type Effort = { readonly rounds: number; readonly milliseconds: number }

/** The whole server by HTTP, in databases of several sizes, in rounds that begin with another one each. */
export async function growthOfServer(
  cluster: Cluster,
  load: Load,
  kind: Kind,
  { rounds, milliseconds }: Effort,
): Promise<readonly Series[]> {
  const runners: Runner[] = []
  for (const size of sizes[kind]) runners.push(await openFilled(cluster, kind, size))
  for (let round = -1; round < rounds; round++) {
    const first = Math.max(round, 0) % runners.length
    for (const runner of [...runners.slice(first), ...runners.slice(0, first)]) {
      const { server, laps } = runner
      for (const operation of ['me', 'refresh'] as const) {
        const job = { kind: operation, url: server.url, sessions: runner.sessions, milliseconds }
        const { lap, done } = await lapOf({ cluster, server, load }, job)
        runner.sessions = done.sessions
        if (round >= 0) laps[operation].push(lap)
      }
    }
  }
  for (const { server } of runners) await server.stop()

  const series = (operation: 'me' | 'refresh', part: 'server' | 'postgres'): Series => ({
    dimension: dimensions[kind],
    subject: `${operation}, ${part}`,
    unit: 'us of CPU',
    expected: 'flat',
    points: runners.map(({ size, laps }) => ({
      size,
      value: spreadOf(laps[operation].map((lap) => lap[part])),
    })),
  })
  return [
    series('me', 'server'),
    series('me', 'postgres'),
    series('refresh', 'server'),
    series('refresh', 'postgres'),
  ]
}
