import {
  assertValidSchema,
  type DocumentNode,
  type ExecutionArgs,
  execute as executeByGraphql,
  getVariableValues,
  type GraphQLSchema,
  type OperationDefinitionNode,
  OperationTypeNode,
} from 'graphql'
import { type ReadDocument, readDocument } from './document.js'
import { type Gates, type Program, rootUnit } from './program.js'
import { type Compiled, executeRequest, type Result } from './request.js'
import { noPasses } from './run.js'
import { mayMakeCode } from './unit-code.js'

export type CompiledExecuteOptions<Context> = {
  /** Of the guards in the schema. Left out, each is called as it stands there. */
  readonly gates?: Gates<Context>
  /**
   * How often a document runs on graphql-js before it is compiled: 49 times unless said otherwise. For a small document that takes
   * as long as compiling it, so that whatever stops coming has cost twice as much at most.
   */
  readonly runsBefore?: number
  /** Fields of all compiled operations that are kept: 20 000 unless said otherwise. Past that all are dropped and counted afresh. */
  readonly maxFields?: number
  /** Selection sets of one operation that get code of their own, as they are reached: 200 unless said otherwise. */
  readonly maxUnits?: number
}

/** `execute` of graphql-js, or what stands for it. */
export type Execute = (args: ExecutionArgs) => Result

type Switches = Program['switches']
type Known = ReadDocument & { readonly compiled: Map<string, Compiled | null> }

/** Past this many variables of @skip and @include an operation is not compiled: each setting is one of its own. */
const maxSwitches = 4
const noGates: Gates<unknown> = {
  gateOf: () => null,
  passesOf: () => noPasses,
  countOccurrence: () => {},
}

/**
 * `execute` of graphql-js for one schema, faster for what comes again and again: such operations are compiled, and answer
 * the same. The rest is left to graphql-js: introspection, subscriptions, other schemas, and calls that bring resolvers
 * or options of their own. Documents and the schema must not be changed once they have been executed.
 * Throws for a schema that is not valid.
 */
export function createCompiledExecute<Context = unknown>(
  schema: GraphQLSchema,
  options: CompiledExecuteOptions<Context> = {},
): Execute {
  const { runsBefore = 49, maxFields = 20_000 } = options
  // Where a process must not make code (`--disallow-code-generation-from-strings`), units are walked.
  const maxUnits = mayMakeCode() ? (options.maxUnits ?? 200) : 0
  const gates: Gates<unknown> = options.gates ?? noGates
  assertValidSchema(schema)

  let runs = new WeakMap<DocumentNode, number>()
  let byDocument = new WeakMap<DocumentNode, Known>()
  let fields = 0

  /** A document that comes once, or from a flood of distinct ones, costs a look-up. */
  function isDue(document: DocumentNode): boolean {
    if (fields > maxFields) forget()
    const before = runs.get(document) ?? 0
    if (before >= runsBefore) return true
    runs.set(document, before + 1)
    return false
  }

  function knownOf(document: DocumentNode): Known {
    const found = byDocument.get(document)
    if (found) return found
    const read = { ...readDocument(document), compiled: new Map<string, Compiled | null>() }
    byDocument.set(document, read)
    return read
  }

  function compile(known: Known, operation: OperationDefinitionNode, switches: Switches): Compiled | null {
    const root = schema.getRootType(operation.operation)
    if (!root || operation.operation === OperationTypeNode.SUBSCRIPTION) return null
    let units = 0
    function takeBudget(more: number): 'taken' | 'exhausted' {
      fields += more
      units += 1
      return units <= maxUnits ? 'taken' : 'exhausted'
    }
    const program: Program = { schema, fragments: known.fragments, switches, operation, gates, takeBudget }
    try {
      return { program, execute: rootUnit(program, root) }
    } catch {
      // What graphql-js says of it is said by graphql-js.
      return null
    }
  }

  function compiledFor(
    known: Known,
    operation: OperationDefinitionNode,
    switches: Switches,
  ): Compiled | null {
    const key = `${operation.name?.value ?? ''} ${Object.values(switches).join()}`
    const found = known.compiled.get(key)
    if (found !== undefined) return found
    const made = compile(known, operation, switches)
    known.compiled.set(key, made)
    return made
  }

  /** The runs are forgotten too: otherwise a flood of large operations would have everything compiled anew for each run. */
  function forget() {
    runs = new WeakMap()
    byDocument = new WeakMap()
    fields = 0
  }

  return function execute(args) {
    const { document, operationName, hideSuggestions } = args
    if (!isPlain(args, schema) || !isDue(document)) return executeByGraphql(args)
    const known = knownOf(document)
    const operation = known.operationNamed(operationName)
    if (!operation || known.introspects === 'yes' || known.switches.length > maxSwitches)
      return executeByGraphql(args)
    const variables = getVariableValues(
      schema,
      operation.variableDefinitions ?? [],
      args.variableValues ?? {},
      {
        maxErrors,
        hideSuggestions: hideSuggestions ?? false,
      },
    )
    if (variables.errors) return { errors: variables.errors }
    const switches = switchesOf(known.switches.filter(isVariableOf(operation)), variables.coerced)
    const compiled = switches && compiledFor(known, operation, switches)
    return compiled ? executeRequest(compiled, args, variables.coerced) : executeByGraphql(args)
  }
}

/** As many errors of variables as graphql-js reports. */
const maxErrors = 50

/** Nothing in the arguments changes how values are resolved. */
function isPlain(args: ExecutionArgs, schema: GraphQLSchema): boolean {
  const { variableValues, fieldResolver, typeResolver, options } = args
  if (args.schema !== schema || fieldResolver || typeResolver || options) return false
  return variableValues === null || variableValues === undefined || typeof variableValues === 'object'
}

/** The switches of a document are those of all its operations. */
const isVariableOf =
  ({ variableDefinitions = [] }: OperationDefinitionNode) =>
  (name: string) =>
    variableDefinitions.some(({ variable }) => variable.name.value === name)

/** The setting of @skip and @include; null where one is no boolean, which is an error at its place. */
function switchesOf(names: readonly string[], variables: Readonly<Record<string, unknown>>): Switches | null {
  // No prototype: a variable may be called `__proto__`.
  const switches: Record<string, boolean> = Object.create(null)
  for (const name of names) {
    const value = variables[name]
    if (typeof value !== 'boolean') return null
    switches[name] = value
  }
  return switches
}
