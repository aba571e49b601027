import { setTimeout as delay } from 'node:timers/promises'
import type { RevocationTiming } from '../../src/revocations/revocation.js'
import { terminateSql } from '../support/terminate.js'
import type { Fleet, FleetReplica } from './fleet.js'
import { percentile, signInMany, startLoad, type Tally } from './load.js'

export type Report = Tally & { latencies: readonly number[] }

export type ScenarioOptions = {
  fleet: Fleet
  timing: RevocationTiming
  /** How many credentials are revoked. */
  revocations: number
  /** How long the fault lasts, where it is one that lasts. */
  faultMs: number
}

/** Revokes one after the other, by the replicas in turn, while all of them are asked. */
export async function revokeUnderLoad({ fleet, revocations }: ScenarioOptions): Promise<Report> {
  const { load, victims } = await begin(fleet, revocations)
  const latencies = []
  for (const [index, token] of victims.entries()) latencies.push(await load.revoke(token, at(fleet, index)))
  return { ...(await load.stop()), latencies }
}

/** The same while the connections of all monitors are closed by the server, again and again. */
export async function revokeWhileConnectionsAreClosed(options: ScenarioOptions): Promise<Report> {
  const ending = new AbortController()
  const closing = options.fleet.sql(async (db) => {
    while (!ending.signal.aborted) {
      await db.query(terminateSql('fieldgate revocations'))
      await delay(250)
    }
  })
  const report = await revokeUnderLoad(options)
  ending.abort()
  await closing
  return report
}

/** The network swallows all that one replica says to Postgres and hears from it. */
export async function revokeWhileOneIsCutOff({
  fleet,
  faultMs,
  ...options
}: ScenarioOptions): Promise<Report> {
  const { load, victims } = await begin(fleet, options.revocations)
  const [lost, ...others] = fleet.replicas
  if (lost === undefined) throw new Error('A fleet has replicas.')
  for (const proxy of lost.proxies) proxy.swallow()
  const started = performance.now()
  const latencies = []
  for (const [index, token] of victims.entries()) {
    latencies.push(await load.revoke(token, at({ replicas: others }, index)))
  }
  await delay(Math.max(0, started + faultMs - performance.now()))
  for (const proxy of lost.proxies) proxy.pass()
  await recovered(fleet)
  return { ...(await load.stop()), latencies }
}

/** Postgres hangs, as a whole; a mutation that is under way meanwhile returns when it goes on. */
export async function revokeWhilePostgresHangs({
  fleet,
  faultMs,
  ...options
}: ScenarioOptions): Promise<Report> {
  const { load, victims } = await begin(fleet, options.revocations)
  const resume = await fleet.freezePostgres()
  const latencies = Promise.all(victims.map((token, index) => load.revoke(token, at(fleet, index))))
  await delay(faultMs)
  resume()
  const report = { latencies: await latencies }
  await recovered(fleet)
  return { ...(await load.stop()), ...report }
}

/** Postgres stops after half of the revocations, and starts again on another port. */
export async function revokeAroundARestart({ fleet, faultMs, ...options }: ScenarioOptions): Promise<Report> {
  const { load, victims } = await begin(fleet, options.revocations)
  const half = Math.ceil(victims.length / 2)
  const latencies = []
  for (const [index, token] of victims.entries()) {
    if (index === half) {
      await fleet.stopPostgres()
      await delay(faultMs)
      await fleet.startPostgres()
      await recovered(fleet)
    }
    latencies.push(await load.revoke(token, at(fleet, index)))
  }
  return { ...(await load.stop()), latencies }
}

/** A replica is stopped where it stands, is asked meanwhile, and answers all of it when it goes on. */
export async function revokeWhileOneSleeps({ fleet, ...options }: ScenarioOptions): Promise<Report> {
  const { load, victims } = await begin(fleet, options.revocations)
  const [sleeper, ...others] = fleet.replicas
  if (sleeper === undefined) throw new Error('A fleet has replicas.')
  sleeper.process.kill('SIGSTOP')
  const latencies = []
  const answers = []
  for (const [index, token] of victims.entries()) {
    latencies.push(await load.revoke(token, at({ replicas: others }, index), others))
    answers.push(sleeper.check(token))
  }
  sleeper.process.kill('SIGCONT')
  const acceptedByTheSleeper = (await Promise.all(answers)).filter((answer) => answer === 200).length
  await recovered(fleet)
  const tally = await load.stop()
  return { ...tally, acceptedAfterwards: tally.acceptedAfterwards + acceptedByTheSleeper, latencies }
}

/** A replica is killed; the first mutation after that waits for its lease, and the others do not. */
export async function revokeAfterOneWasKilled({ fleet, ...options }: ScenarioOptions): Promise<Report> {
  await fleet.kill(await fleet.addReplica())
  return revokeUnderLoad({ fleet, ...options })
}

/** How long after a change in SQL, by nobody who waits, the last request was sent that was still let in. In ms. */
export async function revokeInSql({ fleet, revocations }: ScenarioOptions): Promise<number[]> {
  return fleet.sql(async (db) => {
    const latencies = []
    for (const token of await signInMany(fleet, revocations)) {
      await db.query(`UPDATE sessions SET ended_at = now(), end_reason = 'revoked' WHERE id = $1`, [
        token.sessionId,
      ])
      const start = performance.now()
      const accepted = await Promise.all(fleet.replicas.map((replica) => lastAccepted(replica, token)))
      latencies.push(Math.max(...accepted) - start)
    }
    return latencies
  })
}

/** One line of a table. */
export function summary(name: string, { latencies, ...tally }: Report): string {
  const [p50, p99] = [percentile(latencies, 50), percentile(latencies, 99)].map((ms) => ms.toFixed(1))
  return (
    `${name.padEnd(28)} ${String(latencies.length).padStart(5)} revoked, p50 ${p50} ms, p99 ${p99} ms; ` +
    `${tally.checks} checks: ${tally.acceptedAfterwards} accepted afterwards, ` +
    `${tally.wronglyRevoked} wrongly revoked, ${tally.unknown} unknown (503), ${tally.failedMutations} mutations failed`
  )
}

async function begin(fleet: Fleet, revocations: number) {
  const [lasting, victims] = [await signInMany(fleet, 20), await signInMany(fleet, revocations)]
  await recovered(fleet)
  return { load: startLoad(fleet, lasting), victims }
}

function at({ replicas }: Pick<Fleet, 'replicas'>, index: number): FleetReplica {
  const replica = replicas[index % replicas.length]
  if (replica === undefined) throw new Error('A fleet has replicas.')
  return replica
}

/** Resolves when every replica accepts a good credential; nobody helps them to it. */
async function recovered(fleet: Fleet): Promise<void> {
  const [token] = await signInMany(fleet, 1)
  if (token === undefined) throw new Error('Nobody signed in.')
  for (const replica of fleet.replicas) {
    while ((await replica.check(token)) !== 200) await delay(20)
  }
}

/** When the last request was sent that was let in. What a machine adds that stands still comes after that. */
async function lastAccepted(
  replica: FleetReplica,
  token: Parameters<FleetReplica['check']>[0],
): Promise<number> {
  let acceptedAt = Number.NEGATIVE_INFINITY
  for (;;) {
    const sentAt = performance.now()
    const answer = await replica.check(token)
    if (answer === 401) return acceptedAt
    if (answer === 200) acceptedAt = sentAt
  }
}
