import { isCaller } from '../../authentication/caller.js'
import { errorCodesOf } from './error-codes.js'
import type { OrderedPlugin } from './in-order.js'

const longestName = 64

/** What the log says of an operation: its name, kind, caller, duration and error codes. Never variables, texts or results. */
export const requestLog: OrderedPlugin = {
  requestDidStart() {
    const startedAt = performance.now()
    return {
      willSendResponse(request) {
        const { contextValue, operation, operationName } = request
        const codes = errorCodesOf(request)
        contextValue.note({
          operation: operationName?.slice(0, longestName) ?? null,
          kind: operation?.operation ?? null,
          callerId: isCaller(contextValue.caller) ? contextValue.caller.id : null,
          operationMs: Math.round((performance.now() - startedAt) * 100) / 100,
          ...(codes.length > 0 && { codes }),
        })
      },
    }
  },
}
