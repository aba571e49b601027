import type { EntityManager } from 'typeorm'

export type SessionCleanupDependencies = {
  db: EntityManager
  now: () => Date
  /** How long a row stays after its session expired or ended. */
  keepSeconds: number
  everySeconds: number
  /** How many rows a statement removes, and so holds locked. */
  batchSize: number
  /** Does `work` once, after so many seconds, unless it is called off by what this returns. */
  schedule(work: () => void, afterSeconds: number): () => void
  onFailure(error: unknown): void
}

export type SessionCleanup = ReturnType<typeof createSessionCleanup>

/** Removes the rows of dead sessions in the background. Any number of replicas may do so at once. */
export function createSessionCleanup(deps: SessionCleanupDependencies) {
  const stopping = new AbortController()
  let callOff: (() => void) | null = null
  let running = Promise.resolve()

  function scheduleNext(): void {
    callOff = deps.schedule(() => {
      running = run()
    }, deps.everySeconds)
  }

  async function run(): Promise<void> {
    try {
      await removeDeadSessions(deps, stopping.signal)
    } catch (error) {
      deps.onFailure(error)
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
      await running
    },
  }
}

/** Removes what is to be removed now, batch by batch. Returns how many rows that were. */
export async function removeDeadSessions(
  {
    db,
    now,
    keepSeconds,
    batchSize,
  }: Pick<SessionCleanupDependencies, 'db' | 'now' | 'keepSeconds' | 'batchSize'>,
  signal: AbortSignal,
): Promise<number> {
  const deadBefore = new Date(now().getTime() - keepSeconds * 1000)
  let total = 0
  while (!signal.aborted) {
    const removed = await removeBatch(db, deadBefore, batchSize)
    total += removed
    if (removed < batchSize) break
  }
  return total
}

// Each batch is a transaction of its own. What a refresh or another replica holds is left for the next time.
async function removeBatch(db: EntityManager, deadBefore: Date, batchSize: number): Promise<number> {
  const [, removed] = await db.query<[unknown, number]>(
    `WITH dead AS MATERIALIZED (
       SELECT id FROM sessions WHERE expires_at < $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED
     )
     DELETE FROM sessions USING dead WHERE sessions.id = dead.id`,
    [deadBefore, batchSize],
  )
  return removed
}
