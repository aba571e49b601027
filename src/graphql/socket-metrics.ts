import { Gauge, type Registry } from 'prom-client'
import type { SubscriptionServer } from './subscriptions.js'

/** How many clients hold a socket open. */
export function createSocketMetrics(registry: Registry, sockets: Pick<SubscriptionServer, 'count'>): void {
  registry.registerMetric(
    new Gauge({
      name: 'graphql_sockets',
      help: 'WebSockets that are open',
      registers: [],
      collect() {
        this.set(sockets.count())
      },
    }),
  )
}
