import {
  type FieldNode,
  type FragmentDefinitionNode,
  getDirectiveValues,
  GraphQLIncludeDirective,
  type GraphQLObjectType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  type InlineFragmentNode,
  isAbstractType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  typeFromAST,
} from 'graphql'

export type Fragments = Readonly<Record<string, FragmentDefinitionNode>>

/** What selections are collected with. `switches` holds the variables of @skip and @include. */
export type Collection = {
  readonly schema: GraphQLSchema
  readonly fragments: Fragments
  readonly switches: Readonly<Record<string, boolean>>
}

/** The nodes of each response key, in the order of the answer. */
type CollectedFields = ReadonlyMap<string, readonly FieldNode[]>

/** CollectFields (GraphQL 6.3.2) of selection sets that are merged, for one object type. */
export function collectFields(
  { schema, fragments, switches }: Collection,
  type: GraphQLObjectType,
  selectionSets: readonly SelectionSetNode[],
): CollectedFields {
  const fields = new Map<string, FieldNode[]>()
  const visited = new Set<string>()

  /** GraphQL 3.13.1: @skip has precedence. */
  function runs(selection: SelectionNode): boolean {
    if (getDirectiveValues(GraphQLSkipDirective, selection, switches)?.['if'] === true) return false
    return getDirectiveValues(GraphQLIncludeDirective, selection, switches)?.['if'] !== false
  }

  function applies({ typeCondition }: FragmentDefinitionNode | InlineFragmentNode): boolean {
    if (!typeCondition) return true
    const condition = typeFromAST(schema, typeCondition)
    return condition === type || (isAbstractType(condition) && schema.isSubType(condition, type))
  }

  function collect(selectionSet: SelectionSetNode) {
    for (const selection of selectionSet.selections) {
      if (selection.kind === Kind.FIELD) {
        if (runs(selection)) add(selection)
        continue
      }
      if (selection.kind === Kind.FRAGMENT_SPREAD && visited.has(selection.name.value)) continue
      if (!runs(selection)) continue
      if (selection.kind === Kind.FRAGMENT_SPREAD) visited.add(selection.name.value)
      const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? fragments[selection.name.value] : selection
      if (fragment && applies(fragment)) collect(fragment.selectionSet)
    }
  }

  function add(node: FieldNode) {
    const key = node.alias?.value ?? node.name.value
    const nodes = fields.get(key)
    if (nodes) nodes.push(node)
    else fields.set(key, [node])
  }

  for (const selectionSet of selectionSets) collect(selectionSet)
  return fields
}
