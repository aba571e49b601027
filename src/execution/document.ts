import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  Kind,
  type OperationDefinitionNode,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  visit,
} from 'graphql'
import type { Fragments } from './field-collection.js'

export type ReadDocument = {
  readonly fragments: Fragments
  /** Variables of @skip and @include. */
  readonly switches: readonly string[]
  readonly introspects: 'yes' | 'no'
  /** The operation that a request means (GraphQL 6.1); undefined where it does not say so. */
  operationNamed(name: string | null | undefined): OperationDefinitionNode | undefined
}

const switchNames = [GraphQLSkipDirective.name, GraphQLIncludeDirective.name]
const metaFields = [SchemaMetaFieldDef.name, TypeMetaFieldDef.name]

/** What execution needs of a document. Of two definitions of one name it takes the last, as graphql-js does. */
export function readDocument(document: DocumentNode): ReadDocument {
  const fragments: Record<string, FragmentDefinitionNode> = Object.create(null)
  const operations: OperationDefinitionNode[] = []
  const switches = new Set<string>()
  let introspects: ReadDocument['introspects'] = 'no'

  visit(document, {
    FragmentDefinition: (definition) => void (fragments[definition.name.value] = definition),
    OperationDefinition: (definition) => void operations.push(definition),
    Directive({ name, arguments: args = [] }) {
      if (!switchNames.includes(name.value)) return
      for (const { value } of args) if (value.kind === Kind.VARIABLE) switches.add(value.name.value)
    },
    Field({ name }) {
      if (metaFields.includes(name.value)) introspects = 'yes'
    },
  })
  return {
    fragments,
    switches: [...switches],
    introspects,
    operationNamed(name) {
      if (name === null || name === undefined) return operations.length === 1 ? operations[0] : undefined
      return operations.findLast((operation) => operation.name?.value === name)
    },
  }
}
