import { setImmediate as turn } from 'node:timers/promises'
import { cpuSince, spreadOf } from '../measure.js'
import type { Point } from './series.js'

/** Something whose cost is measured, at one size. `run` does it so many times. */
export type Sized = { readonly size: number; run(times: number): unknown }

const blockMicroseconds = 20_000

/** Microseconds of CPU for one, at each size, in alternating rounds. */
export async function lapsOf(subjects: readonly Sized[], rounds: number): Promise<readonly Point[]> {
  const runners = []
  for (const { size, run } of subjects) {
    runners.push({ size, run, times: await timesOf(run), laps: [] as number[] })
  }
  for (let round = 0; round < rounds; round++) {
    for (const { run, times, laps } of runners) {
      await turn() // so that what follows the log of revocations is not starved
      const before = process.cpuUsage()
      await run(times)
      laps.push(cpuSince(before) / times)
    }
  }
  return runners.map(({ size, laps }) => ({ size, value: spreadOf(laps) }))
}

/** How many runs fill a block, after enough of them to be optimised. */
async function timesOf(run: Sized['run']): Promise<number> {
  let each = Number.POSITIVE_INFINITY
  for (let times = 1, spent = 0; spent < 20 * blockMicroseconds; times = Math.min(times * 2, 1 << 16)) {
    await turn()
    const before = process.cpuUsage()
    await run(times)
    const took = cpuSince(before)
    spent += Math.max(took, 1)
    each = Math.min(each, Math.max(took, 1) / times)
  }
  return Math.max(1, Math.round(blockMicroseconds / each))
}
