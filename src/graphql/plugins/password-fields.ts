import { GraphQLError, Kind } from 'graphql'
import type {
  ASTVisitor,
  FragmentDefinitionNode,
  OperationDefinitionNode,
  ValidationContext,
  ValidationRule,
} from 'graphql'

type Definition = OperationDefinitionNode | FragmentDefinitionNode
/** What a definition selects itself, and the fragments it spreads, as often as it does. */
type Selected = { passwordFields: number; spreads: string[] }

/**
 * At most one field that hashes a password in an operation: otherwise one request guesses a thousand passwords, past
 * every limit that counts requests. Aliases and fragments count, `@skip` and `@include` do not help: what the document
 * could select, it selects.
 * @param coordinates such as `Mutation.login`
 */
export function onePasswordField(coordinates: readonly string[]): ValidationRule {
  const guarded = new Set(coordinates)
  return (context) => {
    const definitions = new Map<Definition, Selected>()
    let current: Selected = { passwordFields: 0, spreads: [] }
    const enter = (node: Definition) => {
      current = { passwordFields: 0, spreads: [] }
      definitions.set(node, current)
    }
    return {
      OperationDefinition: enter,
      FragmentDefinition: enter,
      Field({ name }) {
        const type = context.getParentType()
        if (type && guarded.has(`${type.name}.${name.value}`)) current.passwordFields += 1
      },
      FragmentSpread: ({ name }) => void current.spreads.push(name.value),
      Document: { leave: () => reportExcess(context, definitions) },
    } satisfies ASTVisitor
  }
}

function reportExcess(context: ValidationContext, definitions: ReadonlyMap<Definition, Selected>): void {
  const fragments = new Map<string, Selected>()
  for (const [node, selected] of definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, selected)
  }
  for (const [node, selected] of definitions) {
    if (node.kind !== Kind.OPERATION_DEFINITION || total(selected, fragments, new Map()) <= 1) continue
    context.reportError(
      new GraphQLError('An operation may check at most one password.', {
        nodes: node,
        extensions: { code: 'BAD_USER_INPUT' },
      }),
    )
  }
}

// Each fragment is counted once and the sum kept, so that fragments that double each other cost no more than their text.
function total(
  { passwordFields, spreads }: Selected,
  fragments: ReadonlyMap<string, Selected>,
  sums: Map<string, number>,
): number {
  return spreads.reduce((sum, name) => sum + fragmentTotal(name, fragments, sums), passwordFields)
}

function fragmentTotal(
  name: string,
  fragments: ReadonlyMap<string, Selected>,
  sums: Map<string, number>,
): number {
  const known = sums.get(name)
  if (known !== undefined) return known
  // A circle adds nothing, and another rule refuses it.
  sums.set(name, 0)
  const fragment = fragments.get(name)
  const sum = fragment === undefined ? 0 : total(fragment, fragments, sums)
  sums.set(name, sum)
  return sum
}
