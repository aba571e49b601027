import type { GatewayInterface } from '@apollo/server-gateway-interface'
import type { GraphQLSchema } from 'graphql'
import type { Execute } from '../execution/compiled-execute.js'

/**
 * Lets Apollo Server run operations by another executor than graphql-js: its `gateway` option, the only place where it
 * asks for one. A plugin with `willResolveField` wraps every resolver of the schema all the same, and compiled code then has to
 * call what it would have read: that of cache control, which is there unless it is disabled, is one.
 */
export function createGateway(schema: GraphQLSchema, execute: Execute): GatewayInterface {
  return {
    load: async () => ({
      executor: async ({ document, request, context }) =>
        execute({
          schema,
          document,
          contextValue: context,
          variableValues: request.variables ?? null,
          operationName: request.operationName ?? null,
        }),
    }),
    onSchemaLoadOrUpdate(announce) {
      announce({ apiSchema: schema, coreSupergraphSdl: '' })
      return () => {}
    },
    stop: async () => {},
  }
}
