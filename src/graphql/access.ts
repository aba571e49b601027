import { buildASTSchema, concatAST, type DocumentNode, type GraphQLSchema, parse, Source } from 'graphql'
import { type Authorization, createAuthorization, type Policy } from '../authorization/index.js'
import type { Context } from './context.js'

export type AccessContract = { readonly typeDefs?: DocumentNode }

export type AccessRules = {
  readonly scopes: Parameters<typeof createAuthorization>[0]['scopes']
  readonly policies: Readonly<Record<string, Policy<Context>>>
}

/**
 * The rules of these domains without anything that runs behind them: for the lock, the reference and `explain`.
 * @throws AuthorizationFaults
 */
export function authorizationOf(
  contracts: readonly AccessContract[],
  rules: AccessRules,
): { authorization: Authorization<Context>; schema: GraphQLSchema } {
  const authorization = createAuthorization<Context>({
    ...rules,
    callerOf: ({ caller }) => caller,
  })
  const directives = parse(new Source(authorization.typeDefs, 'schema/directives.graphql'))
  const documents = contracts.flatMap(({ typeDefs }) => typeDefs ?? [])
  const schema = authorization.protect(buildASTSchema(concatAST([directives, ...documents])))
  return { authorization, schema }
}
