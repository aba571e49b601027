import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Fleet, startFleet } from './fleet.js'
import { percentile } from './load.js'
import {
  type Report,
  revokeAfterOneWasKilled,
  revokeAroundARestart,
  revokeInSql,
  revokeUnderLoad,
  revokeWhileConnectionsAreClosed,
  revokeWhileOneIsCutOff,
  revokeWhileOneSleeps,
  revokeWhilePostgresHangs,
  type ScenarioOptions,
  summary,
} from './scenarios.js'

const timing = { pollMs: 200, leaseMs: 1000, deadlineMs: 400, retentionSeconds: 3600 }

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

/** A busy machine holds up some mutations by itself, but not most of them. */
const usual = ({ latencies }: Report) => percentile(latencies, 50)

let fleet: Fleet
let options: ScenarioOptions

beforeAll(async () => {
  fleet = await startFleet({ size: 3, timing })
  options = { fleet, timing, revocations: 20, faultMs: 2.5 * timing.leaseMs }
})
afterAll(() => fleet.stop())

function expectPromiseKept(name: string, report: Report): void {
  console.log(summary(name, report))
  expect(report.acceptedAfterwards).toBe(0)
  expect(report.wronglyRevoked).toBe(0)
}

test('On three replicas under load, nobody accepts what was revoked once the mutation has returned', async () => {
  const report = await revokeUnderLoad(options)
  expectPromiseKept('no fault', report)
  expect(report.unknown).toBeLessThan(report.checks / 4)
  expect(report.failedMutations).toBe(0)
})

test('A change in SQL, which nobody waits for, counts on three replicas within the lease', async () => {
  const latencies = await revokeInSql(options)
  console.log(`changed in SQL: p50 ${percentile(latencies, 50).toFixed(1)} ms until nobody accepts`)
  expect(Math.max(...latencies)).toBeLessThan(timing.leaseMs)
})

test('The promise holds while the connections of the monitors are closed again and again', async () => {
  expectPromiseKept('connections closed', await revokeWhileConnectionsAreClosed(options))
})

test('A replica that is cut off accepts nothing, says 503 and not 401, holds up one mutation and recovers', async () => {
  const report = await revokeWhileOneIsCutOff(options)
  expectPromiseKept('one replica cut off', report)
  expect(report.unknown).toBeGreaterThan(0)
  expect(usual(report)).toBeLessThan(timing.leaseMs / 2)
})

test('While Postgres hangs the answer is 503 and not 401, and all recover by themselves', async () => {
  const report = await revokeWhilePostgresHangs({ ...options, revocations: 6 })
  expectPromiseKept('Postgres hangs', report)
  expect(report.unknown).toBeGreaterThan(0)
})

test('A restart of Postgres loses no revocation, and all recover by themselves', async () => {
  const report = await revokeAroundARestart(options)
  expectPromiseKept('Postgres restarts', report)
  expect(report.unknown).toBeGreaterThan(0)
})

test('A replica that slept lets nobody in with the lease from before', async () => {
  expectPromiseKept('one replica sleeps', await revokeWhileOneSleeps({ ...options, revocations: 5 }))
})

test('A replica that was killed holds up one mutation', async () => {
  const report = await revokeAfterOneWasKilled(options)
  expectPromiseKept('one replica killed', report)
  expect(report.latencies[0]).toBeGreaterThanOrEqual(timing.leaseMs)
  expect(usual(report)).toBeLessThan(timing.leaseMs / 2)
})
