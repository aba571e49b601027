import {
  type ApolloServerPlugin,
  type BaseContext,
  type GraphQLRequestListener,
  HeaderMap,
} from '@apollo/server'
import type { ExecutionArgs, ExecutionResult, GraphQLSchema } from 'graphql'
import type { Execute } from '../execution/compiled-execute.js'

/**
 * Runs operations a step before Apollo Server turns to its gateway. What it makes for a gateway outlives the request, with
 * all that the request held, until the next full garbage collection. The gateway, over the `execute` that is returned, is left
 * what Apollo Server must see: errors.
 *
 * For a server that knows all its plugins: none after this one can answer or refuse an operation any more, and
 * `executionDidStart` is called for answers with errors alone.
 */
export function createEarlyExecution(schema: GraphQLSchema, execute: Execute) {
  /** Answers with errors, by the context of their request: Apollo Server makes one for each. */
  const answered = new WeakMap<object, Promise<ExecutionResult>>()

  const run = async (args: ExecutionArgs): Promise<ExecutionResult> => execute(args)

  const listener: GraphQLRequestListener<BaseContext> = {
    async responseForOperation({ document, request, operation, contextValue }) {
      // Apollo Server asks without an operation too, where the document has none of the name.
      if (!operation) return null
      const { variables: variableValues = null, operationName = null } = request
      const answer = run({ schema, document, contextValue, variableValues, operationName })
      const result = await answer.catch(() => null)
      if (!result || result.errors) {
        answered.set(contextValue, answer)
        return null
      }
      const { errors: _none, ...singleResult } = result
      return { http: { headers: new HeaderMap() }, body: { kind: 'single', singleResult } }
    },
  }
  const plugin: ApolloServerPlugin = { requestDidStart: async () => listener }

  return {
    plugin,
    /** For the gateway: the answer that there is, else a run. */
    execute(args: ExecutionArgs): ReturnType<Execute> {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Apollo Server has cloned it
      const context = args.contextValue as object
      const answer = answered.get(context)
      answered.delete(context)
      return answer ?? execute(args)
    },
  }
}
