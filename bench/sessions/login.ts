import { fileURLToPath } from 'node:url'
import { type Spread, spreadOf } from '../measure.js'
import type { Cluster } from './cluster.js'
import { type Lap, lapOf } from './lap.js'
import type { Job, Load } from './load.js'
import { cpuOf, type Effort, signInMany, spreadsOf } from './refresh.js'
import { administrator, type Server, startServer } from './server.js'

export type LoginMeasured = { readonly [Name in keyof Lap]: Spread } & {
  readonly name: string
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

type Subject = { readonly name: string; readonly clients: readonly number[]; readonly server: Server }

const least = fileURLToPath(new URL('least/', import.meta.url))

/** Fieldgate, and what any server could reach: all of them get what argon2id leaves of cores that Postgres and the load share. */
async function startSubjects({ url: databaseUrl }: Cluster): Promise<readonly Subject[]> {
  const start = (LEAST: string) => startServer({ databaseUrl, build: least, environment: { LEAST } })
  return [
    { name: 'Fieldgate', clients: [2, 4, 8], server: await startServer({ databaseUrl }) },
    { name: 'one SELECT, one INSERT, one signature', clients: [4], server: await start('sign-in') },
    { name: 'the hash alone', clients: [4], server: await start('hash') },
  ]
}

type Round = { readonly login: Lap; readonly hash: Lap }

function summaryOf(rounds: readonly Round[]): Omit<LoginMeasured, 'name' | 'clients'> {
  return {
    ...spreadsOf(rounds.map(({ login }) => login)),
    hashesPerSecond: spreadOf(rounds.map(({ hash }) => hash.perSecond)),
    hash: spreadOf(rounds.map(({ hash }) => hash.client)),
    idle: spreadOf(rounds.map(({ hash }) => idleOf(hash))),
    share: spreadOf(rounds.map(({ login, hash }) => login.perSecond / hash.perSecond)),
    cpuShare: spreadOf(
      rounds.map(({ login, hash }) => hash.client / (cpuOf(login) - idleOf(hash) / login.perSecond)),
    ),
  }
}

/** The whole of `login` by HTTP against argon2id and nothing else, in alternating rounds. */
export async function measureLogin(
  cluster: Cluster,
  load: Load,
  { rounds, milliseconds }: Effort,
): Promise<readonly LoginMeasured[]> {
  const subjects = await startSubjects(cluster)
  await warmUp(subjects, load)
  const { password } = administrator
  const measured = []
  for (const clients of [2, 4, 8]) {
    const runners = subjects
      .filter((one) => one.clients.includes(clients))
      .map(({ name, server }) => ({ name, server, rounds: [] as Round[] }))
    for (let round = -1; round < rounds; round++) {
      for (const { server, rounds: done } of runners) {
        const run = async (job: Job) => (await lapOf({ cluster, server, load }, job)).lap
        const signIn = () =>
          run({ kind: 'login', url: server.url, clients, user: administrator, milliseconds })
        const before = round % 2 === 0 ? null : await signIn()
        const hash = await run({ kind: 'argon2id', clients, password, milliseconds })
        const login = before ?? (await signIn())
        if (round >= 0) done.push({ login, hash }) // the first one warms up
      }
    }
    measured.push(...runners.map(({ name, rounds: done }) => ({ name, clients, ...summaryOf(done) })))
  }
  for (const { server } of subjects) await server.stop()
  return measured
}

/** A server that signs in tens a second takes minutes to be compiled; refreshes share most of what Fieldgate runs. */
async function warmUp([fieldgate]: readonly Subject[], load: Load): Promise<void> {
  if (!fieldgate) throw new Error('Nothing is measured.')
  const sessions = await signInMany(fieldgate.server, 8)
  await load.run({ kind: 'refresh', url: fieldgate.server.url, sessions, milliseconds: 4000 })
}
