import { Pool } from 'pg'
import { Gauge, type Registry } from 'prom-client'
import type { DataSource } from 'typeorm'

/** How busy the connections to Postgres are. Requests that wait for one are the first sign of too few, or of slow statements. */
export function createPoolMetrics(registry: Registry, database: DataSource): void {
  const pool = poolOf(database)
  registry.registerMetric(
    new Gauge({
      name: 'database_connections',
      help: 'Connections to Postgres, and requests that wait for one, by state',
      labelNames: ['state'] as const,
      registers: [],
      collect() {
        this.set({ state: 'busy' }, pool.totalCount - pool.idleCount)
        this.set({ state: 'idle' }, pool.idleCount)
        this.set({ state: 'waiting' }, pool.waitingCount)
      },
    }),
  )
}

/** By its interface a driver of TypeORM has no pool; that of Postgres does. */
function poolOf({ driver }: DataSource): Pool {
  if ('master' in driver && driver.master instanceof Pool) return driver.master
  throw new Error('TypeORM keeps its pool elsewhere now.')
}
