export type CleanupDependencies = {
  /** Each removes so many rows at most, in a transaction of its own, and says how many those were. */
  removals: readonly ((batchSize: number) => Promise<number>)[]
  /** How many rows a statement removes, and so holds locked. */
  batchSize: number
  everySeconds: number
  /** Does `work` once, after so many seconds, unless it is called off by what this returns. */
  schedule(work: () => void, afterSeconds: number): () => void
  onFailure(error: unknown): void
}

/** In the background, removes rows that are no longer needed. Any number of replicas may do so at once. */
export function createCleanup({
  removals,
  batchSize,
  everySeconds,
  schedule,
  onFailure,
}: CleanupDependencies) {
  const stopping = new AbortController()
  let callOff: (() => void) | null = null
  let underWay = Promise.resolve()

  function scheduleNext(): void {
    callOff = schedule(() => {
      underWay = run()
    }, everySeconds)
  }

  async function run(): Promise<void> {
    for (const remove of removals) {
      try {
        let removed = batchSize
        while (removed === batchSize && !stopping.signal.aborted) removed = await remove(batchSize)
      } catch (error) {
        onFailure(error)
      }
    }
    if (!stopping.signal.aborted) scheduleNext()
  }

  return {
    async start(): Promise<void> {
      scheduleNext()
    },
    /** Resolves when nothing runs any more. */
    async stop(): Promise<void> {
      stopping.abort()
      callOff?.()
      await underWay
    },
  }
}
