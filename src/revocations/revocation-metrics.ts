import { Gauge, type Registry } from 'prom-client'
import type { RevocationMonitor } from './revocation-monitor.js'

/** Whether this replica may decide by itself, and what it holds for that. */
export function createRevocationMetrics(
  registry: Registry,
  monitor: Pick<RevocationMonitor, 'status'>,
): void {
  registry.registerMetric(
    new Gauge({
      name: 'revocations_followed',
      help: '1 while this replica follows the log of revocations; 0: it asks the database for each request',
      registers: [],
      collect() {
        this.set(monitor.status().vision === 'live' ? 1 : 0)
      },
    }),
  )
  registry.registerMetric(
    new Gauge({
      name: 'revocations_held',
      help: 'Subjects in memory from which something was taken',
      registers: [],
      collect() {
        this.set(monitor.status().revocations)
      },
    }),
  )
}
