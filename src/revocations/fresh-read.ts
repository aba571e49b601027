import { within } from './within.js'

export type FreshReadOptions = {
  read: () => Promise<void>
  deadlineMs: number
  monotonicNow: () => number
}

/** `late`: no answer within the deadline. `failed`: an error for an answer. */
export type ReadOutcome = 'fresh' | 'failed' | 'late'

/**
 * Lets many wait for one read that begins after each of them has asked. One runs at a time, and one more can be waited
 * for; while one is overdue, nobody waits: the answer is `late` at once.
 */
export function createFreshRead({ read, deadlineMs, monotonicNow }: FreshReadOptions) {
  let running: Promise<ReadOutcome> | null = null
  let next: Promise<ReadOutcome> | null = null
  let overdueAt = 0

  async function run(): Promise<ReadOutcome> {
    try {
      await read()
      return 'fresh'
    } catch {
      return 'failed' // which the monitor has reported, or will: this is the way round its own connection
    } finally {
      running = null
    }
  }

  function begin(): Promise<ReadOutcome> {
    next = null
    overdueAt = monotonicNow() + deadlineMs
    running = run()
    return within(deadlineMs, running)
  }

  return function freshRead(): Promise<ReadOutcome> {
    if (running === null) return begin()
    if (monotonicNow() >= overdueAt) return Promise.resolve('late')
    next ??= running.then(begin)
    return within(deadlineMs, next)
  }
}
