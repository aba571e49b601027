import { setTimeout as delay } from 'node:timers/promises'
import { type Answer, type Endpoint, send, standingInMemory, type Tokens } from './client.js'

/** A session that is to be revoked. `gone`: the mutation has returned. */
export type Victim = { tokens: Tokens; gone: boolean; revoke: () => Promise<Answer<unknown>> }

export type Tally = {
  requests: number
  /** Tokens that were accepted by a request sent after their mutation had returned. MUST stay 0. */
  acceptedAfterwards: number
  /** Tokens that nobody revoked and that were refused. MUST stay 0. */
  wronglyRefused: number
  /** 503 */
  unknown: number
}

// With two workers a replica, some hundred requests a second in all.
const pauseMs = 15

export function logout(by: Endpoint, { accessToken }: Tokens) {
  return send(by, 'mutation { logout }', { token: accessToken })
}

export function disableUser(by: Endpoint, { accessToken }: Tokens, id: string) {
  const query = 'mutation ($id: ID!) { disableUser(id: $id) { id } }'
  return send(by, query, { variables: { id }, token: accessToken })
}

/** Asks all replicas all the time, with tokens that stay good and with those that are being revoked. */
export function startLoad(replicas: readonly Endpoint[], lasting: readonly Tokens[]) {
  const tally: Tally = { requests: 0, acceptedAfterwards: 0, wronglyRefused: 0, unknown: 0 }
  const victims: Victim[] = []
  const ending = new AbortController()

  async function askAsVictim(replica: Endpoint, victim: Victim): Promise<void> {
    const wasGone = victim.gone
    const standing = await standingInMemory(replica, victim.tokens)
    count(standing)
    if (wasGone && standing === 'accepted') tally.acceptedAfterwards += 1
  }

  async function askAsOneWhoStays(replica: Endpoint): Promise<void> {
    const tokens = lasting[tally.requests % lasting.length]
    if (tokens === undefined) throw new Error('A load needs sessions.')
    const standing = await standingInMemory(replica, tokens)
    count(standing)
    if (standing === 'refused') tally.wronglyRefused += 1
  }

  function count(standing: string): void {
    tally.requests += 1
    if (standing === 'unknown') tally.unknown += 1
  }

  async function work(replica: Endpoint): Promise<void> {
    for (let turn = 0; !ending.signal.aborted; turn += 1) {
      const victim = turn % 2 === 0 ? undefined : victims.at(-1 - (turn % 3))
      await (victim === undefined ? askAsOneWhoStays(replica) : askAsVictim(replica, victim))
      await delay(pauseMs)
    }
  }

  // What goes wrong in one is thrown by `stop`.
  const workers = Promise.allSettled(replicas.flatMap((replica) => [work(replica), work(replica)]))

  return {
    /** Runs the mutation, until it has worked. Then asks all replicas. Returns how long it took, in ms. */
    async revoke(victim: Victim): Promise<number> {
      victims.push(victim)
      const start = performance.now()
      await untilDone(victim)
      const latency = performance.now() - start
      victim.gone = true
      await Promise.all(replicas.map((replica) => askAsVictim(replica, victim)))
      return latency
    },

    async stop(): Promise<Tally> {
      ending.abort()
      for (const result of await workers) if (result.status === 'rejected') throw result.reason
      return tally
    },
  }
}

/** Where nobody can say who is calling, a client tries again. */
async function untilDone({ revoke }: Victim): Promise<void> {
  let answer = await revoke()
  while (answer.status === 503) answer = await revoke()
  if (answer.codes.length > 0) throw new Error(`The mutation was answered with ${answer.codes.join(', ')}`)
}
