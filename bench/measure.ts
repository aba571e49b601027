export type Subject = { readonly name: string; readonly run: () => unknown }

export type Spread = { readonly median: number; readonly low: number; readonly high: number }

export type Measured = {
  readonly name: string
  /** Microseconds of CPU time for one run. */
  readonly microseconds: Spread
  /** CPU time as a multiple of the first subject's in the same round: quartiles round the median. */
  readonly ratio: Spread
  /** The same over all rounds together, so that garbage collection counts in full. */
  readonly totalRatio: number
}

export type Effort = { readonly rounds: number; readonly blockMilliseconds: number }

const isPromise = (value: unknown): value is Promise<unknown> => value instanceof Promise

/** Microseconds of CPU time since `before`: of all threads, so that garbage collection counts too. */
export function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return user + system
}

/** Microseconds of CPU time for one run, of so many. */
async function lap(run: () => unknown, times: number): Promise<number> {
  const before = process.cpuUsage()
  for (let left = times; left > 0; left--) {
    const result = run()
    if (isPromise(result)) await result
  }
  return cpuSince(before) / times
}

const warmUpMilliseconds = 500

/** Runs until optimised, then says how many runs fill a block. */
async function warmUp(run: () => unknown, blockMilliseconds: number): Promise<number> {
  const until = performance.now() + warmUpMilliseconds
  let best = Number.POSITIVE_INFINITY
  for (let times = 1; performance.now() < until; times = Math.min(times * 2, 1 << 16)) {
    best = Math.min(best, (await lap(run, times)) || best)
  }
  return Math.max(1, Math.round((blockMilliseconds * 1000) / best))
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.round((sorted.length - 1) * share)] ?? Number.NaN
  return { median: at(0.5), low: at(0.25), high: at(0.75) }
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

/**
 * Times subjects against the first of them, in alternating rounds of short blocks, each round beginning with another
 * one. CPU time, since a busy machine stretches the wall clock; medians of ratios within a round, since it also
 * disturbs caches, now and then.
 */
export async function compare(subjects: readonly Subject[], effort: Effort): Promise<readonly Measured[]> {
  const runners = []
  for (const { name, run } of subjects) {
    runners.push({ name, run, times: await warmUp(run, effort.blockMilliseconds), laps: [] as number[] })
  }
  for (let round = 0; round < effort.rounds; round++) {
    const first = round % runners.length
    for (const runner of [...runners.slice(first), ...runners.slice(0, first)]) {
      runner.laps.push(await lap(runner.run, runner.times))
    }
  }
  const base = runners[0]?.laps ?? []
  return runners.map(({ name, laps }) => ({
    name,
    microseconds: spreadOf(laps),
    ratio: spreadOf(laps.map((time, at) => time / (base[at] ?? Number.NaN))),
    totalRatio: sum(laps) / sum(base),
  }))
}
