import type { EntityManager } from 'typeorm'

export type DeadSessions = {
  db: EntityManager
  now: () => Date
  /** How long a row stays after its session expired or ended. */
  keepSeconds: number
}

/**
 * Removes the rows of dead sessions, so many at most, and returns how many those were. What a refresh or another replica
 * holds is left for the next time.
 */
export async function removeDeadSessions(
  { db, now, keepSeconds }: DeadSessions,
  limit: number,
): Promise<number> {
  const deadBefore = new Date(now().getTime() - keepSeconds * 1000)
  const [, removed] = await db.query<[unknown, number]>(
    `WITH dead AS MATERIALIZED (
       SELECT id FROM sessions WHERE expires_at < $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED
     )
     DELETE FROM sessions USING dead WHERE sessions.id = dead.id`,
    [deadBefore, limit],
  )
  return removed
}
