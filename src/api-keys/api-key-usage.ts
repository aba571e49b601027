import type { EntityManager } from 'typeorm'

export type ApiKeyUsageDependencies = {
  db: EntityManager
  everySeconds: number
  /** Does `work` once, after so many seconds, unless it is called off by what this returns. */
  schedule(work: () => void, afterSeconds: number): () => void
  onFailure(error: unknown): void
}

/** Writes down when keys were last used: in one statement now and then, not in one for each request. */
export function createApiKeyUsage({ db, everySeconds, schedule, onFailure }: ApiKeyUsageDependencies) {
  let uses = new Map<string, Date>()
  let callOff: (() => void) | null = null
  let running = Promise.resolve()

  async function flush(): Promise<void> {
    if (uses.size === 0) return
    const written = uses
    uses = new Map()
    try {
      await writeUses(db, written)
    } catch (error) {
      // A hint for people: what could not be written is not worth keeping, the next use tells as much.
      onFailure(error)
    }
  }

  function scheduleNext(): void {
    callOff = schedule(() => {
      running = run()
    }, everySeconds)
  }

  async function run(): Promise<void> {
    await flush()
    if (callOff !== null) scheduleNext()
  }

  return {
    note: (id: string, at: Date): void => void uses.set(id, at),

    async start(): Promise<void> {
      scheduleNext()
    },

    /** Resolves when all is written. */
    async stop(): Promise<void> {
      callOff?.()
      callOff = null
      await running
      await flush()
    },
  }
}

// Rows are locked in one order, so that two replicas cannot lock each other out.
async function writeUses(db: EntityManager, uses: ReadonlyMap<string, Date>): Promise<void> {
  await db.query(
    `WITH used AS (
       SELECT * FROM unnest($1::uuid[], $2::timestamptz[]) AS used (id, at)
     ), held AS MATERIALIZED (
       SELECT id FROM api_keys WHERE id IN (SELECT id FROM used) ORDER BY id FOR NO KEY UPDATE
     )
     UPDATE api_keys SET last_used_at = used.at
     FROM used JOIN held USING (id)
     WHERE api_keys.id = used.id AND (api_keys.last_used_at IS NULL OR api_keys.last_used_at < used.at)`,
    [[...uses.keys()], [...uses.values()]],
  )
}
