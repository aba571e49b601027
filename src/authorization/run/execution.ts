import type { FieldNode, GraphQLError, GraphQLResolveInfo, OperationDefinitionNode } from 'graphql'
import type { Caller } from '../caller.js'
import type { VariableSource } from '../plan/inputs.js'
import type { Clause } from '../requirement.js'
import { areVariablesOf, type Raw } from './sent-variables.js'

/**
 * What one run of one operation remembers. Nothing that is ours in it leads to its context or its variables, by which it is
 * found: what an old WeakMap holds and what leads back to the key lives until the next full garbage collection.
 */
export type Execution = {
  readonly operation: OperationDefinitionNode
  /** The context where that can be no key; else null. */
  readonly primitive: unknown
  /** Of each selected field: one for each reason. */
  readonly refusals: Map<readonly FieldNode[], Refused[]>
  /** Answers of policies, by caller. */
  readonly answers: Map<Caller, AnswerCache>
}

/**
 * The last error for a field and a reason, which stands for further refusals of it for that: in the same list, or where
 * enough have been made.
 */
export type Refused = {
  readonly coordinate: string
  /** Where policies have refused it. */
  readonly clause: Clause | undefined
  error: GraphQLError
  list: GraphQLResolveInfo['path'] | undefined
  made: number
}

export type AnswerCache = Map<string, Map<unknown, Map<unknown, boolean | Promise<boolean>>>>

type Variables = Raw | null | undefined
type Remembered = WeakMap<OperationDefinitionNode, Raw>

type Executions = {
  of(info: GraphQLResolveInfo, context: unknown): Execution
  /** Its variables, without beginning to remember anything: most executions have nothing to be remembered. */
  variablesOf(info: GraphQLResolveInfo, context: unknown): VariableSource
  /** Mutations run one after another, and each may change what the policies looked at. */
  forgetAnswers(info: GraphQLResolveInfo, context: unknown): void
  /** Tells the guards what the request itself sent, before coercion filled in defaults. The last run of an operation counts. */
  remember(context: unknown, operation: OperationDefinitionNode, variables: Variables): void
}

/** Of a WeakMap. */
const canBeKey = (value: unknown): value is object =>
  (typeof value === 'object' && value !== null) || typeof value === 'function'

const noVariables: Raw = Object.freeze({})

/** Of all contexts that can be no key. */
const noObject = {}
const keyOf = (context: unknown): object => (canBeKey(context) ? context : noObject)
const primitiveOf = (context: unknown): unknown => (canBeKey(context) ? null : context)

/** Finds the execution that a resolver belongs to: graphql-js makes one `variableValues` for each. */
export function createExecutions(): Executions {
  const byContext = new WeakMap<object, WeakMap<object, Execution>>()
  const sent = new WeakMap<object, Remembered>()
  const compared = new WeakMap<object, { readonly raw: Raw; readonly are: boolean }>()
  let last: { readonly key: object; readonly variables: object; readonly execution: Execution } | null = null

  function isOf(info: GraphQLResolveInfo, raw: Raw): boolean {
    const known = compared.get(info.variableValues)
    if (known?.raw === raw) return known.are
    const are = areVariablesOf(info, raw)
    compared.set(info.variableValues, { raw, are })
    return are
  }

  function variablesOf(info: GraphQLResolveInfo, context: unknown): VariableSource {
    const definitions = info.operation.variableDefinitions ?? []
    const raw = canBeKey(context) ? sent.get(context)?.get(info.operation) : undefined
    if (raw && isOf(info, raw)) return { form: 'raw', values: raw, definitions }
    return { form: 'coerced', values: info.variableValues, definitions }
  }

  function find({ operation, variableValues }: GraphQLResolveInfo, context: unknown): Execution | null {
    const key = keyOf(context)
    const known =
      last?.variables === variableValues && last.key === key
        ? last.execution
        : byContext.get(key)?.get(variableValues)
    return known?.operation === operation && known.primitive === primitiveOf(context) ? known : null
  }

  function begin({ operation, variableValues: variables }: GraphQLResolveInfo, context: unknown): Execution {
    const key = keyOf(context)
    const execution = {
      operation,
      primitive: primitiveOf(context),
      refusals: new Map(),
      answers: new Map(),
    }
    const byVariables = byContext.get(key) ?? new WeakMap<object, Execution>()
    byContext.set(key, byVariables)
    byVariables.set(variables, execution)
    last = { key, variables, execution }
    return execution
  }

  return {
    of: (info, context) => find(info, context) ?? begin(info, context),
    variablesOf,
    forgetAnswers: (info, context) => find(info, context)?.answers.clear(),
    remember(context, operation, variables) {
      if (!canBeKey(context)) return
      const operations: Remembered = sent.get(context) ?? new WeakMap()
      sent.set(context, operations)
      operations.set(operation, variables ?? noVariables)
    },
  }
}
