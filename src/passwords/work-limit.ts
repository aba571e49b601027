import { AppError } from '../errors.js'

/**
 * Runs a task when its turn comes. Rejects with RATE_LIMITED when the queue is full; and where the signal fires before,
 * which nobody is there any more to read, but which is no fault to be logged.
 */
export type WorkLimit = <T>(task: () => Promise<T>, signal?: AbortSignal) => Promise<T>

export type WorkLimitOptions = {
  /** How many tasks run at once. */
  concurrency: number
  /** How many wait for a turn; one more is refused. */
  queueLimit: number
  /** What a refused client is told. */
  retryAfterSeconds: number
}

/** First come, first served, over a bounded number of running and of waiting tasks. */
export function createWorkLimit({ concurrency, queueLimit, retryAfterSeconds }: WorkLimitOptions): WorkLimit {
  let running = 0
  const waiting = new Set<() => void>()

  const refusal = (cause?: unknown) => new AppError('RATE_LIMITED', { details: { retryAfterSeconds }, cause })

  async function takeTurn(signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted) throw refusal(signal.reason)
    if (running < concurrency) {
      running += 1
      return
    }
    if (waiting.size >= queueLimit) throw refusal()
    await new Promise<void>((resolve, reject) => {
      const start = () => {
        signal?.removeEventListener('abort', leave)
        resolve()
      }
      const leave = () => {
        waiting.delete(start)
        reject(refusal(signal?.reason))
      }
      waiting.add(start)
      signal?.addEventListener('abort', leave, { once: true })
    })
  }

  // The turn is handed over, never given back and taken again: nobody slips in between.
  function passTurn(): void {
    const [next] = waiting
    if (next === undefined) {
      running -= 1
      return
    }
    waiting.delete(next)
    next()
  }

  return async (task, signal) => {
    await takeTurn(signal)
    try {
      return await task()
    } finally {
      passTurn()
    }
  }
}
