import { Pool } from 'pg'
import type { DataSource } from 'typeorm'

/** By its interface a driver of TypeORM has no pool; that of Postgres does, from its first attempt to connect. */
export function poolOf({ driver }: DataSource): Pool | null {
  return 'master' in driver && driver.master instanceof Pool ? driver.master : null
}
