import type { EntityManager } from 'typeorm'

export type ApiKeyUsage = ReturnType<typeof createApiKeyUsage>

/** Remembers when keys were last used, to write it down in one statement now and then, not in one for each request. */
export function createApiKeyUsage({ db }: { db: EntityManager }) {
  let uses = new Map<string, Date>()

  return {
    note: (id: string, at: Date): void => void uses.set(id, at),

    /** Where this fails, the uses are lost: a hint for people, of which the next use tells as much. */
    async write(): Promise<void> {
      if (uses.size === 0) return
      const written = uses
      uses = new Map()
      await writeUses(db, written)
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
