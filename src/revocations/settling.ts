import type { Logger } from 'pino'
import type { Position } from './revocation.js'
import { expel, type Query, readRegister, type Sighting } from './revocation-log.js'
import { within } from './within.js'

export type SettlingOptions = {
  query: Query
  leaseMs: number
  monotonicNow: () => number
  log: Logger
}

// Clocks that run at different rates: far more than quartz does.
const clockDrift = 1.01
// So that a replica that is first seen a moment after the start has been seen for a whole lease at the end, too.
const firstSightMs = 100
const shortestPauseMs = 1
const longestPauseMs = 50
const pauseAfterFailureMs = 250

/** Waits until every replica has applied what is in the log, or the leases from before have run out. Never rejects. */
export async function settle(options: SettlingOptions): Promise<void> {
  const patienceMs = options.leaseMs * clockDrift + firstSightMs
  await within(patienceMs, watch(options, options.monotonicNow() + patienceMs))
}

async function watch(options: SettlingOptions, end: number): Promise<void> {
  const { query, monotonicNow, log } = options
  const strikeOff = createStrikeOff(options)
  let wanted: Position | null = null
  let pauseMs = shortestPauseMs
  while (monotonicNow() < end) {
    try {
      const { last, replicas } = await readRegister(query)
      const goal = (wanted ??= last)
      const behind = replicas.filter(({ applied }) => applied < goal)
      if (behind.length === 0) return
      for (const replica of behind) await strikeOff(replica)
      pauseMs = Math.min(pauseMs * 2, longestPauseMs)
    } catch (error) {
      log.warn(
        { err: error },
        'The register of replicas cannot be read: waiting for their leases to run out.',
      )
      pauseMs = pauseAfterFailureMs
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
}

/** Takes replicas out of the register that have been seen for a whole lease without renewing it. */
function createStrikeOff({ query, leaseMs, monotonicNow, log }: SettlingOptions) {
  const firstSights = new Map<string, { beat: number; at: number }>()

  return async function strikeOff(replica: Sighting): Promise<void> {
    const at = monotonicNow()
    const first = firstSights.get(replica.id)
    if (first?.beat !== replica.beat) firstSights.set(replica.id, { beat: replica.beat, at })
    else if (at >= first.at + leaseMs * clockDrift && (await expel(query, replica)) === 'expelled') {
      log.warn({ replica: replica.id }, 'A replica does not answer: its lease has run out, it is struck off.')
    }
  }
}
