import { Counter, type Registry } from 'prom-client'
import { errorCodesOf } from './error-codes.js'
import type { OrderedPlugin } from './in-order.js'

/**
 * Counts operations, also those of sockets, by what came of them: the status of HTTP says little of that. Codes are those of
 * the catalogue and of the domains: the labels are bounded.
 */
export function createOperationMetrics(registry: Registry): OrderedPlugin {
  const operations = new Counter({
    name: 'graphql_operations_total',
    help: 'Operations answered, by kind and by the code of the first error; OK where there was none',
    labelNames: ['kind', 'code'] as const,
    registers: [registry],
  })
  // Finding a child by its labels takes longer than counting. Bounded as the labels are.
  const counted = new Map<string, Counter.Internal>()

  function childFor(kind: string, code: string): Counter.Internal {
    const key = `${kind} ${code}`
    const child = counted.get(key) ?? operations.labels({ kind, code })
    counted.set(key, child)
    return child
  }

  // From 0, so that the first fault is seen as a change.
  for (const kind of ['query', 'mutation', 'subscription']) childFor(kind, 'INTERNAL').inc(0)

  return {
    requestDidStart: () => ({
      willSendResponse(request) {
        const [code = 'OK'] = errorCodesOf(request)
        childFor(request.operation?.operation ?? 'none', code).inc()
      },
    }),
  }
}
