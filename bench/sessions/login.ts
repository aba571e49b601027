import { type Spread, spreadOf } from '../measure.js'
import type { Cluster } from './cluster.js'
import { type Lap, lapOf } from './lap.js'
import type { Load } from './load.js'
import { cpuOf, type Effort, signInMany, spreadsOf } from './refresh.js'
import { administrator, ownBuild, startServer } from './server.js'

export type LoginMeasured = { readonly [Name in keyof Lap]: Spread } & {
  readonly clients: number
  /** Of argon2id by itself, at the same concurrency. */
  readonly hashesPerSecond: Spread
  /** Microseconds of CPU. */
  readonly hash: Spread
  /** Logins a second as a share of the hashes of the same round. */
  readonly share: Spread
  /** Microseconds of CPU a second of server and Postgres while nobody signs in. */
  readonly idle: Spread
  /** The CPU of one hash as a share of all the CPU of one login: server, Postgres and load, without what is idle. */
  readonly cpuShare: Spread
}

/** What server and Postgres use for a second in which nobody asks them. */
const idleOf = ({ server, postgres, perSecond }: Lap) => (server + postgres) * perSecond

/** The whole of `login` by HTTP against argon2id and nothing else, in alternating rounds. */
export async function measureLogin(
  cluster: Cluster,
  load: Load,
  { rounds, milliseconds }: Effort,
  build = ownBuild,
): Promise<readonly LoginMeasured[]> {
  const server = await startServer({ databaseUrl: cluster.url, build })
  const { url } = server
  // A server that signs in tens a second takes minutes to be compiled; refreshes share most of what it runs.
  const sessions = await signInMany(server, 8)
  await load.run({ kind: 'refresh', url, sessions, milliseconds: 4000 })
  const { password } = administrator
  const measured = []
  for (const clients of [2, 4, 8]) {
    const signIn = () =>
      lapOf({ cluster, server, load }, { kind: 'login', url, clients, user: administrator, milliseconds })
    const hash = () => lapOf({ cluster, server, load }, { kind: 'argon2id', clients, password, milliseconds })
    await signIn()
    const laps = []
    for (let round = 0; round < rounds; round++) {
      const first = round % 2 === 0 ? await hash() : null
      const { lap } = await signIn()
      laps.push({ login: lap, hash: (first ?? (await hash())).lap })
    }
    measured.push({
      clients,
      ...spreadsOf(laps.map((one) => one.login)),
      hashesPerSecond: spreadOf(laps.map((one) => one.hash.perSecond)),
      hash: spreadOf(laps.map((one) => one.hash.client)),
      idle: spreadOf(laps.map((one) => idleOf(one.hash))),
      share: spreadOf(laps.map((one) => one.login.perSecond / one.hash.perSecond)),
      cpuShare: spreadOf(
        laps.map(({ login, hash }) => hash.client / (cpuOf(login) - idleOf(hash) / login.perSecond)),
      ),
    })
  }
  await server.stop()
  return measured
}
