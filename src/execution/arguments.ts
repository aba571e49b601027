import {
  type ArgumentNode,
  type FieldNode,
  getArgumentValues,
  getNamedType,
  type GraphQLField,
  isSpecifiedScalarType,
  Kind,
  type ValueNode,
} from 'graphql'

type Variables = Record<string, unknown>

/** The arguments of a field, coerced. A new object each time: a resolver may do with it what it likes. */
export type ReadArguments = (variables: Variables) => Record<string, unknown>

function holdsVariable(value: ValueNode): boolean {
  if (value.kind === Kind.LIST) return value.values.some(holdsVariable)
  if (value.kind === Kind.OBJECT) return value.fields.some((field) => holdsVariable(field.value))
  return value.kind === Kind.VARIABLE
}

const isWritten = ({ value }: ArgumentNode) => !holdsVariable(value)

const isPrimitive = (value: unknown) => typeof value !== 'object' && typeof value !== 'function'

/** Coerced once where that is the same each time: literals of the scalars of the specification. */
function constantsOf(
  definition: GraphQLField<unknown, unknown>,
  node: FieldNode,
): Readonly<Record<string, unknown>> | null {
  if (!(node.arguments ?? []).every(isWritten)) return null
  if (!definition.args.every(({ type }) => isSpecifiedScalarType(getNamedType(type)))) return null
  try {
    const values = getArgumentValues(definition, node, {})
    return Object.values(values).every(isPrimitive) ? values : null
  } catch {
    // A literal that does not fit is an error of each execution, at the place of the field.
    return null
  }
}

export function argumentReader(definition: GraphQLField<unknown, unknown>, node: FieldNode): ReadArguments {
  if (definition.args.length === 0) return () => ({})
  const constants = constantsOf(definition, node)
  if (constants) return () => ({ ...constants })
  return (variables) => getArgumentValues(definition, node, variables)
}
