import { setTimeout as delay } from 'node:timers/promises'
import type { Revocable } from '../../src/revocations/revocation.js'
import type { Fleet, FleetReplica } from './fleet.js'
import { credential, insertUser } from './revocation-world.js'

/** A credential that is to be revoked. `gone`: the mutation has returned. */
export type Victim = { token: Revocable & { sessionId: string }; gone: boolean }

export type Tally = {
  checks: number
  /** Credentials that were let in by a request that was sent after their mutation had returned. MUST stay 0. */
  acceptedAfterwards: number
  /** Credentials that nobody revoked and that were called revoked. MUST stay 0. */
  wronglyRevoked: number
  /** 503 for credentials that nobody revoked. */
  unknown: number
  /** Mutations that returned an error, and were sent again. */
  failedMutations: number
}

const pauseMs = 4

/** Signs in many: the position first, as an issuer does. */
export async function signInMany(
  fleet: Fleet,
  count: number,
): Promise<(Revocable & { sessionId: string })[]> {
  return fleet.sql(async (db) => {
    const [{ position }] = await db.query('SELECT max(position)::float8 AS position FROM revocation_events')
    const userId = await insertUser(db)
    const rows: { id: string }[] = await db.query(
      `INSERT INTO sessions (user_id, client_id, scopes, generation, family_hash, token_hash, authenticated_at,
         created_at, last_used_at, expires_at)
       SELECT $1, 'the client', '{users:read}', 0, sha256(gen_random_uuid()::text::bytea), sha256('token'), now(),
         now(), now(), now() + interval '1 day'
       FROM generate_series(1, $2) RETURNING id`,
      [userId, count],
    )
    return rows.map(({ id }) => ({ ...credential({ userId, asOf: position }), sessionId: id }))
  })
}

/** Asks all replicas all the time, for credentials that stay good and for those that are being revoked. */
export function startLoad(fleet: Fleet, lasting: readonly Revocable[]) {
  const tally: Tally = { checks: 0, acceptedAfterwards: 0, wronglyRevoked: 0, unknown: 0, failedMutations: 0 }
  const victims: Victim[] = []
  const ending = new AbortController()

  async function ask(replica: FleetReplica, victim: Victim | undefined): Promise<void> {
    const wasGone = victim?.gone ?? false
    const token = victim?.token ?? lasting[tally.checks % lasting.length]
    if (token === undefined) throw new Error('A load needs credentials.')
    const answer = await replica.check(token)
    tally.checks += 1
    if (wasGone && answer === 200) tally.acceptedAfterwards += 1
    if (victim === undefined && answer === 401) tally.wronglyRevoked += 1
    if (victim === undefined && answer === 503) tally.unknown += 1
  }

  async function askOn(replica: FleetReplica): Promise<void> {
    for (let turn = 0; !ending.signal.aborted && fleet.replicas.includes(replica); turn += 1) {
      await ask(replica, turn % 2 === 0 ? undefined : victims.at(-1 - (turn % 3)))
      await delay(pauseMs) // a load, and not a flood: the machine has more to do
    }
  }

  const workers = fleet.replicas.flatMap((replica) => [askOn(replica), askOn(replica)])

  return {
    tally,

    /** Ends the session by one replica, and when that has returned asks others. Returns how long it took, in ms. */
    async revoke(token: Victim['token'], by: FleetReplica, others = fleet.replicas): Promise<number> {
      const victim = { token, gone: false }
      victims.push(victim)
      const start = performance.now()
      while ((await by.endSession(token.sessionId)) !== 204) tally.failedMutations += 1
      const latency = performance.now() - start
      victim.gone = true
      await Promise.all(others.map((replica) => ask(replica, victim)))
      return latency
    },

    async stop(): Promise<Tally> {
      ending.abort()
      await Promise.all(workers)
      return tally
    },
  }
}

/** Nearest rank. */
export function percentile(samples: readonly number[], percent: number): number {
  const sorted = samples.toSorted((a, b) => a - b)
  return sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? Number.NaN
}
