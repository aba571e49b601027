import * as fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Chance, simulate } from './simulation.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Mulberry32, by Tommy Ettinger (public domain). */
function chanceOf(seed: number): Chance {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const runs = Number(process.env['REVOCATION_RUNS'] ?? 15)

test('In whatever order messages travel, get lost and come late, nobody accepts what is settled', async () => {
  const totals = { accepted: 0, settled: 0 }
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      const findings = await simulate(chanceOf(seed), (ms) => vi.advanceTimersByTimeAsync(ms))
      expect(findings).toMatchObject({ acceptedAfterwards: 0, wronglyRevoked: 0 })
      totals.accepted += findings.accepted
      totals.settled += findings.settled
    }),
    { numRuns: runs, endOnFailure: true },
  )
  // The promise would be easy to keep by accepting nothing.
  expect(totals.accepted).toBeGreaterThan(totals.settled)
  expect(totals.settled).toBeGreaterThan(runs)
}, 600_000)
