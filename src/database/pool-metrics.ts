import { Gauge, type Registry } from 'prom-client'
import type { DataSource } from 'typeorm'
import { poolOf } from './pool.js'

/** How busy the connections to Postgres are. Requests that wait for one are the first sign of too few, or of slow statements. */
export function createPoolMetrics(registry: Registry, database: DataSource): void {
  const pool = poolOf(database)
  if (pool === null) throw new Error('TypeORM keeps its pool elsewhere now.')
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
