import type { Cluster } from './cluster.js'
import { type Connection, openConnection } from './http-client.js'
import type { Load } from './load.js'
import { type Credentials, mutate, signIn, standingOf, type Tokens } from './operations.js'
import { administrator, type Server, startServer } from './server.js'
import { percentile } from './statistics.js'

export type RevocationMeasured = {
  readonly replicas: number
  readonly load: 'none' | 'requests'
  readonly mutation: 'logout' | 'disableUser'
  readonly revocations: number
  /** Milliseconds from sending the mutation to having its answer. */
  readonly p50: number
  readonly p99: number
  /** Uses of a revoked token after that, on all replicas, and how many were accepted. */
  readonly uses: number
  readonly accepted: number
}

/** The first replica revokes. */
type Fleet = { connections: readonly [Connection, ...Connection[]]; admin: Tokens; user: Victim }

type Victim = Credentials & { id: string }

/** On each replica. */
const usesAfterwards = 3

async function createVictim(connection: Connection, { accessToken }: Tokens): Promise<Victim> {
  const credentials = { email: 'victim@example.com', password: 'a password to be disabled' }
  const query = 'mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }'
  const variables = { input: { ...credentials, name: 'Victim', roles: ['support'] } }
  const answer = await mutate<{ createUser: { id: string } }>(connection, query, { accessToken, variables })
  return { ...credentials, id: answer.createUser.id }
}

/** Revokes a new session of the user; says how long that took. The user can sign in again afterwards. */
const mutations = {
  async logout({ connections: [first] }: Fleet, { accessToken }: Tokens) {
    await mutate(first, 'mutation { logout }', { accessToken })
  },
  async disableUser({ connections: [first], admin, user }: Fleet) {
    await change(first, admin, 'disableUser', user)
  },
}

function change(connection: Connection, { accessToken }: Tokens, mutation: string, { id }: Victim) {
  const query = `mutation ($id: ID!) { ${mutation}(id: $id) { id } }`
  return mutate(connection, query, { accessToken, variables: { id } })
}

async function revokeOnce(fleet: Fleet, mutation: RevocationMeasured['mutation']) {
  const { connections, admin, user } = fleet
  const tokens = await signIn(connections[0], user)
  for (const connection of connections) {
    if ((await standingOf(connection, tokens)) !== 'accepted') throw new Error('A new session was refused.')
  }
  const start = performance.now()
  await mutations[mutation](fleet, tokens)
  const milliseconds = performance.now() - start
  const standings = await Promise.all(
    connections.map(async (connection) => {
      const own = []
      while (own.length < usesAfterwards) own.push(await standingOf(connection, tokens))
      return own
    }),
  )
  if (mutation === 'disableUser') await change(connections[0], admin, 'enableUser', user)
  return { milliseconds, standings: standings.flat() }
}

async function revokeMany(fleet: Fleet, mutation: RevocationMeasured['mutation'], times: number) {
  const trials = []
  for (let left = times; left > 0; left--) trials.push(await revokeOnce(fleet, mutation))
  const latencies = trials.map(({ milliseconds }) => milliseconds)
  const standings = trials.flatMap((trial) => trial.standings)
  return {
    mutation,
    revocations: times,
    p50: percentile(latencies, 50),
    p99: percentile(latencies, 99),
    uses: standings.length,
    accepted: standings.filter((standing) => standing === 'accepted').length,
  }
}

async function connectAll(servers: readonly Server[]): Promise<Fleet['connections']> {
  const [first, ...others] = await Promise.all(servers.map(({ url }) => openConnection(url)))
  if (first === undefined) throw new Error('There is no replica.')
  return [first, ...others]
}

/** How long a revoking mutation takes, and whether anybody accepts the token afterwards. */
export async function measureRevocation(
  cluster: Cluster,
  load: Load,
  { revocations }: { revocations: number },
): Promise<readonly RevocationMeasured[]> {
  const servers: Server[] = []
  const measured: RevocationMeasured[] = []
  let user: Victim | null = null
  for (const replicas of [1, 3]) {
    while (servers.length < replicas) servers.push(await startServer({ databaseUrl: cluster.url }))
    const connections = await connectAll(servers)
    const admin = await signIn(connections[0], administrator)
    user ??= await createVictim(connections[0], admin)
    const fleet = { connections, admin, user }
    for (const kind of ['none', 'requests'] as const) {
      const urls = kind === 'none' ? [] : servers.map(({ url }) => url)
      const asking = new AbortController()
      const askedAll = keepAsking(load, { urls, tokens: admin }, asking.signal)
      for (const mutation of ['logout', 'disableUser'] as const) {
        measured.push({ replicas, load: kind, ...(await revokeMany(fleet, mutation, revocations)) })
      }
      asking.abort()
      await askedAll
    }
    for (const { close } of connections) close()
  }
  for (const { stop } of servers) await stop()
  return measured
}

/** In jobs of a second, until it is to end. */
async function keepAsking(
  load: Load,
  asked: { urls: readonly string[]; tokens: Tokens },
  signal: AbortSignal,
) {
  while (asked.urls.length > 0 && !signal.aborted)
    await load.run({ kind: 'ask', ...asked, milliseconds: 1000 })
}
