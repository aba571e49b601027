import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLResolveInfo,
  Kind,
  type OperationDefinitionNode,
} from 'graphql'
import type { Compiled } from '../engine.js'
import { createPlanTemplate, type PlanTemplate } from './plan-template.js'

export type Templates = {
  /** The operation of a document, read once for as long as the document lives; null when there is no such operation. */
  ofDocument(document: DocumentNode, operationName: string | null | undefined): PlanTemplate | null
  /** The operation that a resolver runs in. */
  ofInfo(info: GraphQLResolveInfo): PlanTemplate
}

/** What was read of an operation, and the fragments that an executor had for it. */
type Known = { readonly template: PlanTemplate; readonly fragments: GraphQLResolveInfo['fragments'] }

/** Where an unvalidated document has two operations of one name, execution takes the last. */
const operationsIn = (document: DocumentNode) =>
  document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION)

/** The last of a name wins, as in execution: unvalidated documents may repeat one. */
function fragmentsIn(document: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const node of document.definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node)
  }
  return fragments
}

export function createTemplates({ table, roots }: Compiled): Templates {
  const byDocument = new WeakMap<DocumentNode, Map<string, PlanTemplate>>()
  const byOperation = new WeakMap<OperationDefinitionNode, Known>()

  function read(document: DocumentNode, name: string): PlanTemplate | null {
    const operations = operationsIn(document)
    if (name === '' && operations.length > 1) return null
    const operation = operations.findLast((node) => name === '' || node.name?.value === name)
    return operation ? createPlanTemplate(table, roots, operation, fragmentsIn(document)) : null
  }

  function keep(document: DocumentNode, name: string, template: PlanTemplate): void {
    const byName = byDocument.get(document) ?? new Map<string, PlanTemplate>()
    byDocument.set(document, byName.set(name, template))
  }

  return {
    ofDocument(document, operationName) {
      const name = operationName ?? ''
      const known = byDocument.get(document)?.get(name)
      if (known) return known
      const template = read(document, name)
      // A name that is not in the document comes from the request: it must not fill the cache.
      if (template) keep(document, name, template)
      return template
    },
    ofInfo({ operation, fragments }) {
      const known = byOperation.get(operation)
      if (known?.fragments === fragments) return known.template
      const own = new Map(Object.entries(fragments))
      const isSame = known && sameFragments(known.template.fragments, own)
      const template = isSame ? known.template : createPlanTemplate(table, roots, operation, own)
      byOperation.set(operation, { template, fragments })
      return template
    },
  }
}

/** A transformed document may keep an operation and replace what it spreads. */
function sameFragments(a: PlanTemplate['fragments'], b: PlanTemplate['fragments']): boolean {
  return a.size === b.size && [...a].every(([name, node]) => b.get(name) === node)
}
