import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/database/embedded.js'
import { roomyDirectory } from '../../src/testing/database.js'
import { percentile } from '../revocations/load.js'
import { freezePostgres } from '../support/freeze-postgres.js'
import { terminateSql } from '../support/terminate.js'
import { createUser, signIn, signInAdministrator, standingInMemory, type Tokens } from './client.js'
import { type Replica, startReplica, stopReplica } from './replica.js'
import { disableUser, logout, startLoad, type Tally, type Victim } from './revocation-load.js'

const profiles = {
  normal: { revocations: 30, faultMs: 5000, timeoutMs: 120_000 },
  long: { revocations: 300, faultMs: 20_000, timeoutMs: 900_000 },
}
const { revocations, faultMs, timeoutMs } =
  profiles[process.env['SYSTEM_TEST_PROFILE'] === 'long' ? 'long' : 'normal']

let dataDir: string
let postgres: EmbeddedPostgres
let sql: Client
let replicas: Replica[]
let administrator: Tokens
let user: Awaited<ReturnType<typeof createUser>>
let lasting: Tokens[]

beforeAll(async () => {
  dataDir = await mkdtemp(join(await roomyDirectory(), 'fieldgate-system-'))
  postgres = await startEmbeddedPostgres({ dataDir, settings: { fsync: 'off' } })
  sql = new Client({ connectionString: postgres.url })
  await sql.connect()
  const start = () => startReplica({ DATABASE_URL: postgres.url })
  replicas = await Promise.all([start(), start(), start()])
  administrator = await signInAdministrator(at(0))
  user = await createUser(at(0), administrator, ['support'])
  lasting = await Promise.all(replicas.map((replica) => signIn(replica, user)))
}, 120_000)
afterAll(async () => {
  await Promise.all(replicas.map(stopReplica))
  await sql.end()
  await postgres.stop()
  await rm(dataDir, { recursive: true })
})

function at(index: number): Replica {
  const replica = replicas[index % replicas.length]
  if (replica === undefined) throw new Error('There are no replicas.')
  return replica
}

const standings = (tokens: Tokens) =>
  Promise.all(replicas.map((replica) => standingInMemory(replica, tokens)))

/** A session that its owner will log out, or the only one of a user who will be disabled; by the replicas in turn. */
async function createVictim(index: number): Promise<Victim> {
  const by = at(index)
  if (index % 3 !== 0) {
    const tokens = await signIn(at(index), user)
    return { tokens, gone: false, revoke: () => logout(by, tokens) }
  }
  const other = await createUser(at(index), administrator, ['support'])
  const tokens = await signIn(at(index), other)
  return { tokens, gone: false, revoke: () => disableUser(by, administrator, other.id) }
}

async function createVictims(count: number): Promise<Victim[]> {
  const victims = []
  for (let index = 0; index < count; index += 1) victims.push(await createVictim(index))
  return victims
}

function expectPromiseKept(name: string, tally: Tally, latencies: readonly number[]): void {
  const [middle, worst] = [percentile(latencies, 50), percentile(latencies, 99)]
  console.log(
    `${name}: ${latencies.length} revocations, p50 ${middle.toFixed(1)} ms, p99 ${worst.toFixed(1)} ms; ` +
      `${tally.requests} requests, ${tally.unknown} times 503`,
  )
  expect(tally.acceptedAfterwards).toBe(0)
  expect(tally.wronglyRefused).toBe(0)
}

test(
  'three replicas under load: nobody accepts what was revoked once the mutation has returned',
  async () => {
    const victims = await createVictims(revocations)
    const load = startLoad(replicas, lasting)
    const latencies = []
    for (const victim of victims) latencies.push(await load.revoke(victim))
    const tally = await load.stop()
    expectPromiseKept('no fault', tally, latencies)
    expect(tally.unknown).toBe(0)
  },
  timeoutMs,
)

test(
  'the same while the server closes the connections by which the replicas listen',
  async () => {
    const victims = await createVictims(Math.ceil(revocations / 2))
    const load = startLoad(replicas, lasting)
    const latencies = []
    let closed = 0
    for (const victim of victims) {
      const { rowCount } = await sql.query(terminateSql('fieldgate revocations'))
      closed += rowCount ?? 0
      latencies.push(await load.revoke(victim))
    }
    expectPromiseKept('listeners closed', await load.stop(), latencies)
    expect(closed).toBeGreaterThan(victims.length)
  },
  timeoutMs,
)

test(
  'while Postgres hangs the answer is 503 and not 401, what was revoked stays refused, and all recover by themselves',
  async () => {
    const [before, during] = await createVictims(2)
    if (before === undefined || during === undefined) throw new Error('There are two.')
    const load = startLoad(replicas, lasting)
    await load.revoke(before)

    const resume = await freezePostgres(postgres)
    const frozenAt = performance.now()
    const since = () => performance.now() - frozenAt
    const latency = load.revoke(during) // returns when somebody can know of it
    try {
      const [sample] = lasting
      if (sample === undefined) throw new Error('There is a session that lasts.')
      const isBlind = { interval: 20, timeout: 20_000 }
      await expect.poll(() => standings(sample), isBlind).toEqual(['unknown', 'unknown', 'unknown'])
      console.log(`Postgres hangs: 503 by all replicas after ${since().toFixed(0)} ms`)
      expect(await standings(before.tokens)).toEqual(['refused', 'refused', 'refused'])
      for (const { url } of replicas) expect((await fetch(`${url}/readyz`)).status).toBe(503)
      await delay(Math.max(0, faultMs - since()))
    } finally {
      resume()
    }

    const resumedAt = performance.now()
    const isWhole = { interval: 20, timeout: 20_000 }
    for (const tokens of lasting) {
      await expect.poll(() => standings(tokens), isWhole).toEqual(['accepted', 'accepted', 'accepted'])
    }
    console.log(`Postgres goes on: accepted by all after ${(performance.now() - resumedAt).toFixed(0)} ms`)
    const latencies = [await latency]
    expect(await standings(during.tokens)).toEqual(['refused', 'refused', 'refused'])
    const tally = await load.stop()
    expectPromiseKept('Postgres hangs', tally, latencies)
    expect(tally.unknown).toBeGreaterThan(0)
  },
  timeoutMs,
)
