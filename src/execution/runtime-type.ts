import { GraphQLError, type GraphQLAbstractType, type GraphQLObjectType, isObjectType } from 'graphql'
import { inspect } from 'graphql/jsutils/inspect.js'
import { coordinateOf, type Field } from './field.js'

/** ResolveAbstractType (GraphQL 6.4.3). */
export function requireObjectType(
  field: Field,
  abstract: GraphQLAbstractType,
  value: unknown,
  name: unknown,
): GraphQLObjectType {
  const { nodes, program } = field
  const must = () =>
    `Abstract type "${abstract.name}" must resolve to an Object type at runtime for field "${coordinateOf(field)}"`
  const was = `Abstract type "${abstract.name}" was resolved to a`
  if (name === null || name === undefined) {
    const remedy = `Either the "${abstract.name}" type should provide a "resolveType" function or each possible type should provide an "isTypeOf" function.`
    throw new GraphQLError(`${must()}. ${remedy}`, { nodes })
  }
  if (isObjectType(name)) {
    throw new GraphQLError(
      'Support for returning GraphQLObjectType from resolveType was removed in graphql-js@16.0.0 please return type name instead.',
    )
  }
  if (typeof name !== 'string') {
    throw new GraphQLError(`${must()} with value ${inspect(value)}, received "${inspect(name)}".`)
  }
  const type = program.schema.getType(name)
  if (!type) throw new GraphQLError(`${was} type "${name}" that does not exist inside the schema.`, { nodes })
  if (!isObjectType(type)) throw new GraphQLError(`${was} non-object type "${name}".`, { nodes })
  if (program.schema.isSubType(abstract, type)) return type
  throw new GraphQLError(`Runtime Object type "${name}" is not a possible type for "${abstract.name}".`, {
    nodes,
  })
}
