import type { EntityManager } from 'typeorm'
import type { Count, Counter, LoginFailures } from './login-failure.js'

/** Counters without failures in an open window are left out. */
export async function readCounts(
  tx: EntityManager,
  counters: readonly Counter[],
  at: Date,
): Promise<Count[]> {
  const rows = await tx.query<LoginFailures[]>(
    `SELECT key, failures, expires_at AS "expiresAt" FROM login_failures WHERE key = ANY ($1) AND expires_at > $2`,
    [keysOf(counters), at],
  )
  return countsOf(counters, rows)
}

/** One more for each, in the window that is open or in a new one. */
export async function addFailure(
  tx: EntityManager,
  counters: readonly Counter[],
  at: Date,
): Promise<Count[]> {
  const ends = counters.map(({ limit }) => new Date(at.getTime() + limit.seconds * 1000))
  const rows = await tx.query<LoginFailures[]>(
    `INSERT INTO login_failures AS known (key, failures, expires_at)
     SELECT key, 1, expires_at FROM unnest($1::bytea[], $2::timestamptz[]) AS new (key, expires_at)
     ON CONFLICT (key) DO UPDATE SET
       failures = CASE WHEN known.expires_at > $3 THEN known.failures + 1 ELSE 1 END,
       expires_at = CASE WHEN known.expires_at > $3 THEN known.expires_at ELSE excluded.expires_at END
     RETURNING key, failures, expires_at AS "expiresAt"`,
    [keysOf(counters), ends, at],
  )
  return countsOf(counters, rows)
}

export async function removeCount(tx: EntityManager, { key }: Counter): Promise<void> {
  await tx.query(`DELETE FROM login_failures WHERE key = $1`, [key])
}

/** Removes counts whose window is over, so many at most. What others hold is left for the next time. */
export async function removeOldCounts(db: EntityManager, at: Date, limit: number): Promise<number> {
  const [, removed] = await db.query<[unknown, number]>(
    `WITH old AS MATERIALIZED (
       SELECT key FROM login_failures WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED
     )
     DELETE FROM login_failures USING old WHERE login_failures.key = old.key`,
    [at, limit],
  )
  return removed
}

const keysOf = (counters: readonly Counter[]) => counters.map(({ key }) => key)

function countsOf(counters: readonly Counter[], rows: readonly LoginFailures[]): Count[] {
  return counters.flatMap((counter) => {
    const row = rows.find(({ key }) => key.equals(counter.key))
    return row ? [{ ...counter, failures: row.failures, expiresAt: row.expiresAt }] : []
  })
}
