import {
  type ExecutionArgs,
  type ExecutionResult,
  execute as executeDocument,
  GraphQLError,
  subscribe as subscribeDocument,
} from 'graphql'
import type { Authorization } from '../authorization.js'
import { collapseRefusals, hideSuggestion } from './collapse.js'
import { isPromiseLike } from '../maybe-promise.js'

type Events = AsyncGenerator<ExecutionResult, void, void>
type Args<Context> = Omit<ExecutionArgs, 'contextValue'> & { readonly contextValue: Context }

function withOccurrences(error: GraphQLError, occurrences: number): GraphQLError {
  error.extensions['occurrences'] = occurrences
  return error
}

/** Errors with a path come from resolvers, which say what they mean to say. */
function withoutSuggestion(error: GraphQLError): GraphQLError {
  return error.path ? error : new GraphQLError(hideSuggestion(error.message), { nodes: error.nodes ?? null })
}

export type ExecutorOptions = {
  /** What runs an operation that the plan allows: graphql-js, unless said otherwise. */
  readonly execute?: typeof executeDocument
}

/** `execute` and `subscribe` of graphql-js behind the plan: for plain graphql-js, GraphQL Yoga, graphql-ws. */
export function createExecutors<Context>(
  authorization: Authorization<Context>,
  { execute: run = executeDocument }: ExecutorOptions = {},
) {
  /** Coercion suggests names for misspelt enum values and input fields, which may be hidden ones. */
  function finish(result: ExecutionResult): ExecutionResult {
    if (!result.errors) return result
    const { introspection } = authorization
    const errors = introspection === 'filtered' ? result.errors.map(withoutSuggestion) : result.errors
    return { ...result, errors: collapseRefusals(errors, withOccurrences) }
  }

  function decide({ document, operationName, variableValues, contextValue }: Args<Context>) {
    return authorization.planRequest(document, operationName, variableValues, contextValue)
  }

  /** Runs an allowed operation; an operation that is refused whole has errors and no data, and runs nothing. */
  function execute(args: Args<Context>): ExecutionResult | Promise<ExecutionResult> {
    const { refusing, plan } = decide(args)
    if (refusing) return { errors: refusing.errors }
    const result = run(plan.introspects === 'yes' ? asSeen(args) : args)
    return isPromiseLike(result) ? result.then(finish) : finish(result)
  }

  const asSeen = (args: Args<Context>) => ({
    ...args,
    schema: authorization.schemaFor(authorization.callerOf(args.contextValue)),
  })

  /** Refused before the source starts; ended, with the refusal as its last event, when the rights are gone. */
  async function subscribe(args: Args<Context>): Promise<Events | ExecutionResult> {
    const { refusing } = decide(args)
    if (refusing) return { errors: refusing.errors }
    const events = await subscribeDocument(args)
    return Symbol.asyncIterator in events ? watch(args, events) : finish(events)
  }

  /** No generator: one that waits for an event would hear of `return` only with the next, and an idle source never. */
  function watch(args: Args<Context>, events: Events): Events {
    let phase: 'open' | 'refused' = 'open'
    const isRefused = () => phase === 'refused' // may have become so while an event was waited for
    const done: IteratorResult<ExecutionResult, void> = { done: true, value: undefined }

    async function next(): Promise<IteratorResult<ExecutionResult, void>> {
      const event = phase === 'open' ? await events.next() : done
      if (event.done || isRefused()) return done
      const { refusing } = decide(args)
      if (!refusing) return { done: false, value: finish(event.value) }
      phase = 'refused'
      // The refusal is the last event whether or not the source can be closed, and waits for nothing.
      void events.return().catch(() => {})
      return { done: false, value: { errors: refusing.errors } }
    }

    return {
      next,
      return: () => events.return(),
      throw: (error) => events.throw(error),
      [Symbol.asyncIterator]() {
        return this
      },
    }
  }

  return { execute, subscribe }
}
