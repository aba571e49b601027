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
  return {
    requestDidStart: () => ({
      willSendResponse(request) {
        const [code = 'OK'] = errorCodesOf(request)
        operations.inc({ kind: request.operation?.operation ?? 'none', code })
      },
    }),
  }
}
