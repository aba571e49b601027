import type { ApolloServer } from '@apollo/server'
import type { FormattedExecutionResult, GraphQLFormattedError } from 'graphql'
import type { Context } from './context.js'
import type { SubscriptionEvents, SubscriptionPlugin } from './plugins/subscriptions.js'

export type OperationRequest = {
  readonly query: string
  readonly variables?: Record<string, unknown> | null | undefined
  readonly operationName?: string | null | undefined
}

export type Outcome =
  /** Nothing ran. */
  | { readonly kind: 'refused'; readonly errors: readonly GraphQLFormattedError[] }
  | { readonly kind: 'result'; readonly result: FormattedExecutionResult }
  | { readonly kind: 'events'; readonly events: SubscriptionEvents }

/** Runs one operation of any kind. Each needs a context, and in it a signal, of its own. */
export type RunOperation = (request: OperationRequest, context: Context) => Promise<Outcome>

/** For connections that stay open: the pipeline of HTTP without HTTP, subscriptions included. */
export function createOperationRunner(
  apollo: ApolloServer<Context>,
  subscriptions: Pick<SubscriptionPlugin, 'expect' | 'take'>,
): RunOperation {
  return async ({ query, variables, operationName }, contextValue) => {
    subscriptions.expect(contextValue)
    const request = { query, variables: variables ?? {}, ...(operationName && { operationName }) }
    const { body } = await apollo.executeOperation(request, { contextValue })
    const events = subscriptions.take(contextValue)
    if (events !== null) return { kind: 'events', events }
    if (body.kind !== 'single') throw new Error('Incremental delivery is not served.')
    const { data, errors, extensions } = body.singleResult
    if (data === undefined) return { kind: 'refused', errors: errors ?? [] }
    return { kind: 'result', result: { data, ...(errors && { errors }), ...(extensions && { extensions }) } }
  }
}
