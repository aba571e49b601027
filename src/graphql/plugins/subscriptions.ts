import { type GraphQLRequestContext, HeaderMap } from '@apollo/server'
import { GraphQLError, OperationTypeNode } from 'graphql'
import type {
  DocumentNode,
  ExecutionResult,
  FormattedExecutionResult,
  GraphQLSchema,
  subscribe as subscribeOfGraphql,
} from 'graphql'
import type { Context } from '../context.js'
import { formatError } from '../errors.js'
import { type EventStream, mapEvents } from '../event-stream.js'
import { logFaults } from './fault-log.js'
import type { OrderedPlugin } from './in-order.js'

/** `subscribe` of graphql-js, or what does more in its place. */
export type Subscribe = (
  args: Parameters<typeof subscribeOfGraphql>[0] & { contextValue: Context },
) => ReturnType<typeof subscribeOfGraphql>

export type SubscriptionEvents = EventStream<FormattedExecutionResult>

export type SubscriptionPlugin = ReturnType<typeof createSubscriptionPlugin>

type Opening = {
  schema: GraphQLSchema
  document: DocumentNode
  operationName: string | null
  request: GraphQLRequestContext<Context>['request']
  contextValue: Context
}

/**
 * Takes subscriptions through the same pipeline as queries: parsed, limited, validated and decided by the same rules,
 * and only then opened. Without somebody who expects events they are refused: by POST, one would run like a query.
 */
export function createSubscriptionPlugin(subscribe: Subscribe) {
  // By signal, since Apollo Server clones the context.
  const expected = new WeakMap<AbortSignal, SubscriptionEvents | 'none yet'>()

  async function open(opening: Opening): Promise<FormattedExecutionResult> {
    const { schema, document, operationName, request, contextValue } = opening
    const present = (result: ExecutionResult) => presented(result, opening)
    const presentFailure = (error: unknown) => present({ errors: [asGraphqlError(error)] })
    try {
      const variableValues = request.variables ?? {}
      const events = await subscribe({ schema, document, operationName, variableValues, contextValue })
      if (!(Symbol.asyncIterator in events)) return present(events)
      expected.set(contextValue.signal, mapEvents(events, { present, presentFailure }))
      return {}
    } catch (error) {
      return presentFailure(error)
    }
  }

  const plugin: OrderedPlugin = {
    requestDidStart: () => ({
      didResolveOperation({ operation, contextValue }) {
        if (operation?.operation !== OperationTypeNode.SUBSCRIPTION) return
        if (expected.has(contextValue.signal)) return
        throw new GraphQLError('Subscriptions need a WebSocket (subprotocol graphql-transport-ws).', {
          extensions: { code: 'BAD_REQUEST', http: { status: 400 } },
        })
      },
      responseForOperation(request) {
        // Apollo Server asks without an operation too, where the document has none of the name.
        if (request.operation?.operation !== OperationTypeNode.SUBSCRIPTION) return null
        return open(request).then((singleResult) => ({
          http: { headers: new HeaderMap() },
          body: { kind: 'single', singleResult },
        }))
      },
    }),
  }

  return {
    plugin,
    /** From now on an operation with this context may subscribe. */
    expect: ({ signal }: Context) => void expected.set(signal, 'none yet'),
    /** What it has opened; null when it was no subscription, or was refused. */
    take({ signal }: Context): SubscriptionEvents | null {
      const events = expected.get(signal) ?? 'none yet'
      expected.delete(signal)
      return events === 'none yet' ? null : events
    },
  }
}

function presented(result: ExecutionResult, opening: Opening): FormattedExecutionResult {
  const { errors, ...rest } = result
  if (!errors) return rest
  const { document, request, contextValue } = opening
  logFaults({ document, variables: request.variables, log: contextValue.log }, errors)
  return { ...rest, errors: errors.map((error) => formatError(error.toJSON(), error)) }
}

function asGraphqlError(error: unknown): GraphQLError {
  if (error instanceof GraphQLError) return error
  const originalError = error instanceof Error ? error : new Error(String(error))
  return new GraphQLError(originalError.message, { originalError })
}
