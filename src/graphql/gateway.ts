import { type ApolloServerPlugin, type BaseContext, HeaderMap } from '@apollo/server'
import type { GatewayInterface } from '@apollo/server-gateway-interface'
import type { DocumentNode, ExecutionResult, GraphQLSchema } from 'graphql'
import type { Execute } from '../execution/compiled-execute.js'

/** Options of Apollo Server; both belong together. */
export type Gateway = {
  readonly gateway: GatewayInterface
  /** To stand after the plugin of the authorization, which decides whether there is anything to run. */
  readonly plugin: ApolloServerPlugin
}

type Operation = {
  readonly document: DocumentNode
  readonly request: {
    readonly variables?: Record<string, unknown>
    readonly operationName?: string
  }
  readonly contextValue: BaseContext
}

/**
 * Lets Apollo Server run operations by another executor than graphql-js: its `gateway` option, the only place where it
 * asks for one. What it makes for a gateway outlives the request, with all that the request held, until the next whole
 * garbage collection; so the plugin runs the operation a step before, and leaves to the gateway what Apollo Server must
 * see: errors. Plugins with `executionDidStart` are called for those alone, and with `willResolveField` not at all.
 */
export function createGateway(schema: GraphQLSchema, execute: Execute): Gateway {
  /** Answers with errors, by the context of their request. */
  const answered = new WeakMap<BaseContext, Promise<ExecutionResult>>()

  async function run({ document, request, contextValue }: Operation): Promise<ExecutionResult> {
    return execute({
      schema,
      document,
      contextValue,
      variableValues: request.variables ?? null,
      operationName: request.operationName ?? null,
    })
  }

  return {
    gateway: {
      load: async () => ({
        executor: async ({ document, request, context: contextValue }) =>
          answered.get(contextValue) ?? run({ document, request, contextValue }),
      }),
      onSchemaLoadOrUpdate(announce) {
        announce({ apiSchema: schema, coreSupergraphSdl: '' })
        return () => {}
      },
      stop: async () => {},
    },
    plugin: {
      requestDidStart: async () => ({
        async responseForOperation({ document, request, operation, contextValue }) {
          // Apollo Server asks without an operation too, where the document has none of the name.
          if (!operation) return null
          const answer = run({ document, request, contextValue })
          const result = await answer.catch(() => null)
          if (!result || result.errors) {
            answered.set(contextValue, answer)
            return null
          }
          const { errors: _none, ...singleResult } = result
          return { http: { headers: new HeaderMap() }, body: { kind: 'single', singleResult } }
        },
      }),
    },
  }
}
