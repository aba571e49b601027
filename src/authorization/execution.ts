import type { FieldNode, GraphQLError, GraphQLResolveInfo, OperationDefinitionNode } from 'graphql'
import type { Caller } from './caller.js'
import type { VariableSource } from './inputs.js'

/**
 * What one run of one operation remembers. Dies with it: nothing here leads to its context or its variables, by which it
 * is found. What an old WeakMap holds and what leads back to the key lives until the next whole garbage collection.
 */
export type Execution = {
  readonly operation: OperationDefinitionNode
  /** The first refusal at each place of the response, list positions aside. */
  readonly refusals: Map<readonly FieldNode[], Refused>
  /** Answers of policies, by caller. */
  readonly answers: Map<Caller, AnswerCache>
}

/** An error that was thrown once and stands for every further refusal at its place. */
export type Refused = { readonly error: GraphQLError; readonly coordinate: string }

export type AnswerCache = Map<string, Map<unknown, Map<unknown, boolean | Promise<boolean>>>>

type Raw = Readonly<Record<string, unknown>>
type Variables = Raw | null | undefined
type Remembered = Map<OperationDefinitionNode, Raw | 'ambiguous'>

export type Executions = {
  of(info: GraphQLResolveInfo, context: unknown): Execution
  /** Its variables, without beginning to remember anything: most executions have nothing to be remembered. */
  variablesOf(info: GraphQLResolveInfo, context: unknown): VariableSource
  /** Mutations run one after another, and each may change what the policies looked at. */
  forgetAnswers(info: GraphQLResolveInfo, context: unknown): void
  /** Tells the guards what the request itself sent, before coercion filled in defaults. */
  remember(context: unknown, operation: OperationDefinitionNode, variables: Variables): void
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

/** Of contexts that are no objects. */
const noContext = {}
const keyOf = (context: unknown): object => (isObject(context) ? context : noContext)

/** Finds the execution that a resolver belongs to: graphql-js makes one `variableValues` for each. */
export function createExecutions(): Executions {
  const byContext = new WeakMap<object, WeakMap<object, Execution>>()
  const sent = new WeakMap<object, Remembered>()
  let last: { readonly context: object; readonly variables: object; readonly execution: Execution } | null =
    null

  function variablesOf(info: GraphQLResolveInfo, context: unknown): VariableSource {
    const definitions = info.operation.variableDefinitions ?? []
    const raw = isObject(context) ? sent.get(context)?.get(info.operation) : undefined
    if (raw && raw !== 'ambiguous') return { form: 'raw', values: raw, definitions }
    return { form: 'coerced', values: info.variableValues, definitions }
  }

  function find({ operation, variableValues }: GraphQLResolveInfo, context: object): Execution | null {
    const known =
      last?.variables === variableValues && last.context === context
        ? last.execution
        : byContext.get(context)?.get(variableValues)
    return known?.operation === operation ? known : null
  }

  function begin({ operation, variableValues: variables }: GraphQLResolveInfo, context: object): Execution {
    const execution = { operation, refusals: new Map(), answers: new Map() }
    const byVariables = byContext.get(context) ?? new WeakMap<object, Execution>()
    byContext.set(context, byVariables)
    byVariables.set(variables, execution)
    last = { context, variables, execution }
    return execution
  }

  return {
    of: (info, context) => find(info, keyOf(context)) ?? begin(info, keyOf(context)),
    variablesOf,
    forgetAnswers: (info, context) => find(info, keyOf(context))?.answers.clear(),
    remember(context, operation, variables) {
      if (!isObject(context)) return
      const operations: Remembered = sent.get(context) ?? new Map()
      sent.set(context, operations)
      const values = variables ?? {}
      const before = operations.get(operation)
      // One context for two runs of one operation: the guards cannot tell which is theirs, so they trust neither.
      operations.set(operation, before === undefined || before === values ? values : 'ambiguous')
    },
  }
}
