import { AppError } from '../errors.js'

/** Whose work a task is. */
export type WorkOwner = {
  /** Who shares the places of one; null for nobody: the server itself. */
  from: string | null
  /** Of the client who asks: one that goes away while it waits leaves its place to others. */
  signal?: AbortSignal | undefined
}

/**
 * Runs a task when its turn comes. Rejects with RATE_LIMITED when the queue is full, or the share of the one whose work it
 * is; and where the signal fires before, which nobody is there any more to read, but which is no fault to be logged.
 */
export type WorkLimit = <T>(task: () => Promise<T>, owner: WorkOwner) => Promise<T>

export type WorkLimitOptions = {
  /** How many tasks run at once. */
  concurrency: number
  /** How many wait for a turn; one more is refused. */
  queueLimit: number
  /** How many of these may be of one: nobody can take all the places that others need. */
  queueShare: number
  /** What a refused client is told. */
  retryAfterSeconds: number
}

/** First come, first served, over a bounded number of running and of waiting tasks. */
export function createWorkLimit({
  concurrency,
  queueLimit,
  queueShare,
  retryAfterSeconds,
}: WorkLimitOptions): WorkLimit {
  let running = 0
  const waiting = new Map<() => void, WorkOwner['from']>()

  const refusal = (cause?: unknown) => new AppError('RATE_LIMITED', { details: { retryAfterSeconds }, cause })

  function hasPlaceFor(from: WorkOwner['from']): boolean {
    if (waiting.size >= queueLimit) return false
    if (from === null) return true
    return [...waiting.values()].filter((other) => other === from).length < queueShare
  }

  async function takeTurn({ from, signal }: WorkOwner): Promise<void> {
    if (signal?.aborted) throw refusal(signal.reason)
    if (running < concurrency) {
      running += 1
      return
    }
    if (!hasPlaceFor(from)) throw refusal()
    await new Promise<void>((resolve, reject) => {
      const start = () => {
        signal?.removeEventListener('abort', leave)
        resolve()
      }
      const leave = () => {
        waiting.delete(start)
        reject(refusal(signal?.reason))
      }
      waiting.set(start, from)
      signal?.addEventListener('abort', leave, { once: true })
    })
  }

  // The turn is handed over, never given back and taken again: nobody slips in between.
  function passTurn(): void {
    const [next] = waiting.keys()
    if (next === undefined) {
      running -= 1
      return
    }
    waiting.delete(next)
    next()
  }

  return async (task, owner) => {
    await takeTurn(owner)
    try {
      return await task()
    } finally {
      passTurn()
    }
  }
}
