import type { Schedule } from './schedule.js'

export type RoundsOptions = {
  /** Between the end of a round and the next one. */
  everySeconds: number
  /** While rounds fail, each pause is twice the last one, up to this. Left out: they stay as they are. */
  longestPauseSeconds?: number
  schedule: Schedule
  onFailure: (error: unknown) => void
}

/** One round. Is told when the server stops, to end early where it can. */
export type Round = (stopping: AbortSignal) => Promise<void>

/** Work in the background that is done again and again, never twice at once, whatever becomes of a single round. */
export function createRounds({
  everySeconds,
  longestPauseSeconds = everySeconds,
  schedule,
  onFailure,
}: RoundsOptions) {
  const stopping = new AbortController()
  let callOff = () => {}
  let underWay = Promise.resolve()
  let failures = 0 // in a row

  function scheduleNext(round: Round): void {
    if (stopping.signal.aborted) return
    const pauseSeconds = Math.min(everySeconds * 2 ** failures, longestPauseSeconds)
    callOff = schedule(() => {
      underWay = perform(round)
    }, pauseSeconds)
  }

  async function perform(round: Round): Promise<void> {
    try {
      await round(stopping.signal)
      failures = 0
    } catch (error) {
      failures += 1
      onFailure(error)
    } finally {
      scheduleNext(round)
    }
  }

  return {
    /** The first round comes after a pause. */
    start: scheduleNext,
    /** Resolves when nothing runs any more. */
    async stop(): Promise<void> {
      stopping.abort()
      callOff()
      await underWay
    },
  }
}
