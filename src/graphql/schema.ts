import { makeExecutableSchema } from '@graphql-tools/schema'
import type { IResolvers } from '@graphql-tools/utils'
import { buildASTSchema, concatAST, parse, Source } from 'graphql'
import type { DocumentNode, GraphQLSchema } from 'graphql'
import type { Context } from './context.js'
import { dateTime } from './date-time.js'

export type SchemaOptions = {
  /** One document a domain, parsed from a named `Source`, so that faults can name the file. */
  typeDefs: readonly DocumentNode[]
  resolvers: readonly IResolvers<unknown, Context>[]
  authorization: {
    /** The SDL of the directives. */
    typeDefs: string
    protect: (schema: GraphQLSchema) => GraphQLSchema
  }
}

/**
 * The executable, protected schema of all domains.
 * @throws Error listing what is wrong: SDL that contradicts itself, a resolver without a field, unprotected fields
 */
export function createSchema({ typeDefs, resolvers, authorization }: SchemaOptions): GraphQLSchema {
  const directives = parse(new Source(authorization.typeDefs, 'schema/directives.graphql'))
  // Concatenated, not merged: a type that two domains define is a mistake, and every node keeps its file.
  const document = concatAST([directives, ...typeDefs])
  const schema = makeExecutableSchema<Context>({
    typeDefs: buildASTSchema(document),
    resolvers: [...resolvers, ...scalarResolvers(document)],
    resolverValidationOptions: { requireResolversToMatchSchema: 'error' },
  })
  return authorization.protect(schema)
}

function scalarResolvers(document: DocumentNode): IResolvers<unknown, Context>[] {
  const hasDateTime = document.definitions.some(
    (node) => 'name' in node && node.name?.value === dateTime.name,
  )
  return hasDateTime ? [{ DateTime: dateTime }] : []
}
