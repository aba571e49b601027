import type { EntityManager } from 'typeorm'
import type { RegistrationCount } from './registration-count-table.js'

/** One more, in the window that is open or in a new one that ends at `expiresAt`. Of several at once each gets a count of its own. */
export async function addRegistration(
  db: EntityManager,
  { key, expiresAt }: Pick<RegistrationCount, 'key' | 'expiresAt'>,
  at: Date,
): Promise<Omit<RegistrationCount, 'key'>> {
  const [count] = await db.query<[Omit<RegistrationCount, 'key'>]>(
    `INSERT INTO registration_counts AS known (key, registrations, expires_at) VALUES ($1, 1, $2)
     ON CONFLICT (key) DO UPDATE SET
       registrations = CASE WHEN known.expires_at > $3 THEN known.registrations + 1 ELSE 1 END,
       expires_at = CASE WHEN known.expires_at > $3 THEN known.expires_at ELSE excluded.expires_at END
     RETURNING registrations, expires_at AS "expiresAt"`,
    [key, expiresAt, at],
  )
  return count
}

/** Removes counts whose window is over, so many at most. What others hold is left for the next time. */
export async function removeOldRegistrationCounts(
  db: EntityManager,
  at: Date,
  limit: number,
): Promise<number> {
  const [, removed] = await db.query<[unknown, number]>(
    `WITH old AS MATERIALIZED (
       SELECT key FROM registration_counts WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2
       FOR UPDATE SKIP LOCKED
     )
     DELETE FROM registration_counts AS count USING old WHERE count.key = old.key`,
    [at, limit],
  )
  return removed
}
