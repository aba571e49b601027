import { createRounds, type RoundsOptions } from './rounds.js'

/** Removes so many rows at most, in a transaction of its own, and says how many those were. */
export type Removal = (batchSize: number) => Promise<number>

export type CleanupOptions = RoundsOptions & {
  removals: readonly Removal[]
  /** How many rows a statement removes, and so holds locked. */
  batchSize: number
}

/** In the background, removes rows that are no longer needed. Any number of replicas may do so at once. */
export function createCleanup({ removals, batchSize, ...options }: CleanupOptions) {
  // Each by itself: where one fails, the others go on.
  const cleanings = removals.map((remove) => ({ remove, rounds: createRounds(options) }))

  async function removeAll(remove: Removal, stopping: AbortSignal): Promise<void> {
    let removed = batchSize
    while (removed === batchSize && !stopping.aborted) removed = await remove(batchSize)
  }

  return {
    async start(): Promise<void> {
      for (const { remove, rounds } of cleanings) rounds.start((stopping) => removeAll(remove, stopping))
    },
    /** Resolves when nothing runs any more. */
    async stop(): Promise<void> {
      await Promise.all(cleanings.map(({ rounds }) => rounds.stop()))
    },
  }
}
