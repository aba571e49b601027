import { type Spread, spreadOf } from '../measure.js'
import { type Cluster, startCluster } from './cluster.js'
import { openConnection } from './http-client.js'
import { type Lap, lapOf } from './lap.js'
import type { Load } from './load.js'
import { signIn, type Tokens } from './operations.js'
import { administrator, ownBuild, type Server, startServer } from './server.js'

export type Effort = { readonly rounds: number; readonly milliseconds: number }

export type RefreshMeasured = { readonly [Name in keyof Lap]: Spread } & {
  readonly build: string
  readonly clients: number
  /** Refreshes a second as a multiple of the first build's in the same round. */
  readonly ratio: Spread
  /** CPU of server, Postgres and load for one, as a multiple of the first build's in the same round. */
  readonly cpuRatio: Spread
}

/** A build to measure, by the directory that holds its `main.js`. */
export type Build = { readonly name: string; readonly directory: string }

export const thisBuild: Build = { name: 'this build', directory: ownBuild }

type Runner = { build: string; cluster: Cluster; server: Server; sessions: readonly Tokens[]; laps: Lap[] }

export async function signInMany({ url }: Server, count: number): Promise<Tokens[]> {
  const connection = await openConnection(url)
  const sessions = []
  while (sessions.length < count) sessions.push(await signIn(connection, administrator))
  connection.close()
  return sessions
}

export const cpuOf = ({ server, postgres, client }: Lap) => server + postgres + client

const names = ['perSecond', 'p50', 'p99', 'server', 'postgres', 'client'] as const

export function spreadsOf(laps: readonly Lap[]): { readonly [Name in keyof Lap]: Spread } {
  const [perSecond, p50, p99, server, postgres, client] = names.map((name) =>
    spreadOf(laps.map((lap) => lap[name])),
  ) as [Spread, Spread, Spread, Spread, Spread, Spread]
  return { perSecond, p50, p99, server, postgres, client }
}

function measuredOf({ build, laps }: Runner, base: readonly Lap[], clients: number): RefreshMeasured {
  const against = (value: (lap: Lap) => number) =>
    spreadOf(laps.flatMap((lap, at) => (base[at] ? [value(lap) / value(base[at])] : [])))
  return {
    build,
    clients,
    ...spreadsOf(laps),
    ratio: against(({ perSecond }) => perSecond),
    cpuRatio: against(cpuOf),
  }
}

/**
 * Clients that refresh sessions of their own, each with its newest token; builds in alternating rounds, each with a
 * Postgres of its own, since there may be migrations between them.
 */
export async function measureRefresh(
  load: Load,
  { rounds, milliseconds }: Effort,
  builds: readonly Build[] = [thisBuild],
): Promise<readonly RefreshMeasured[]> {
  const measured = []
  for (const clients of [8, 20]) {
    const runners: Runner[] = []
    for (const { name, directory } of builds) {
      const cluster = await startCluster()
      const server = await startServer({ databaseUrl: cluster.url, build: directory })
      runners.push({ build: name, cluster, server, sessions: await signInMany(server, clients), laps: [] })
    }
    for (let round = -1; round < rounds; round++) {
      for (const runner of runners) {
        const { cluster, server, sessions, laps } = runner
        const job = { kind: 'refresh', url: server.url, sessions, milliseconds } as const
        const { lap, done } = await lapOf({ cluster, server, load }, job)
        runner.sessions = done.sessions
        if (round >= 0) laps.push(lap) // the first one warms up
      }
    }
    for (const { server, cluster } of runners) {
      await server.stop()
      await cluster.stop()
    }
    const base = runners[0]?.laps ?? []
    measured.push(...runners.map((runner) => measuredOf(runner, base, clients)))
  }
  return measured
}
