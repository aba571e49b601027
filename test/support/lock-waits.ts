import type { DataSource } from 'typeorm'
import { expect } from 'vitest'

/** A row for each statement in the database that it is sent to, and in no other, that waits for somebody's lock. */
export const lockWaitsSql = `SELECT FROM pg_stat_activity
  WHERE datname = current_database() AND wait_event_type = 'Lock'`

/** Until so many statements of this database wait. */
export async function untilWaiting(database: Pick<DataSource, 'query'>, count: number): Promise<void> {
  await expect.poll(() => database.query(lockWaitsSql)).toHaveLength(count)
}
