import type { ApolloServerPlugin, GraphQLRequestContext } from '@apollo/server'
import { isCaller } from '../../authentication/caller.js'
import type { Context } from '../context.js'

const longestName = 64

/** One line an operation: its name, kind, caller, duration and error codes. Never variables, texts or results. */
export const requestLog: ApolloServerPlugin<Context> = {
  async requestDidStart() {
    const startedAt = performance.now()
    return {
      async willSendResponse(request) {
        const { contextValue, operation, operationName } = request
        const codes = errorCodesOf(request)
        contextValue.log.info(
          {
            operation: operationName?.slice(0, longestName) ?? null,
            kind: operation?.operation ?? null,
            callerId: isCaller(contextValue.caller) ? contextValue.caller.id : null,
            durationMs: Math.round((performance.now() - startedAt) * 100) / 100,
            ...(codes.length > 0 && { codes }),
          },
          'operation',
        )
      },
    }
  },
}

function errorCodesOf({ response }: GraphQLRequestContext<Context>): string[] {
  if (response.body?.kind !== 'single') return []
  const errors = response.body.singleResult.errors ?? []
  return [...new Set(errors.map(({ extensions }) => String(extensions?.['code'])))]
}
