import {
  type GraphQLError,
  type GraphQLObjectType,
  type OperationDefinitionNode,
  OperationTypeNode,
} from 'graphql'
import type { Gate } from './field.js'
import type { Collection } from './field-collection.js'
import type { Passes } from './run.js'
import { entriesOf, type ExecuteUnit, serialUnit, unitOf } from './unit.js'

/** What is known of the guards in a schema, for an executor that asks once what they would ask for each item. */
export type Gates<Context> = {
  /** The gate in front of a resolver; null where there is none, and where its guard has to be asked each time. */
  gateOf(resolver: unknown): Gate | null
  /** What the caller of a context may pass now, in such an operation. */
  passesOf(context: Context, operation: OperationDefinitionNode): Passes
  /** Tells the refusal of a list's first item of one item more. */
  countOccurrence(refusal: GraphQLError): void
}

/** One operation with one setting of its @skip and @include, as it is executed again and again. Knows no caller. */
export type Program = Collection & {
  readonly operation: OperationDefinitionNode
  readonly gates: Gates<unknown>
  /** Counts one more unit, of so many fields; code of its own is for those within the budget. */
  readonly takeBudget: (fields: number) => 'taken' | 'exhausted'
}

/** ExecuteQuery and ExecuteMutation (GraphQL 6.2) for a root type. */
export function rootUnit(program: Program, type: GraphQLObjectType): ExecuteUnit {
  const { operation } = program
  const entries = entriesOf(program, type, [operation.selectionSet])
  return operation.operation === OperationTypeNode.MUTATION ? serialUnit(entries) : unitOf(program, entries)
}
