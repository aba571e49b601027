import type { ExecutionArgs, ExecutionResult, GraphQLError } from 'graphql'
import type { Program } from './program.js'
import { addError, isPromise, noErrors, type Run } from './run.js'
import type { ExecuteUnit } from './unit.js'

export type Result = ExecutionResult | Promise<ExecutionResult>

/** A compiled operation: its root, for one setting of @skip and @include. */
export type Compiled = { readonly program: Program; readonly execute: ExecuteUnit }

/** ExecuteRequest (GraphQL 6.1). */
export function executeRequest(
  { program, execute }: Compiled,
  { rootValue, contextValue }: ExecutionArgs,
  variableValues: Record<string, unknown>,
): Result {
  const errors = noErrors()
  const run: Run = {
    context: contextValue,
    rootValue,
    variableValues,
    errors,
    passes: program.gates.passesOf(contextValue, program.operation),
    refusals: new Map(),
  }
  const answer = (data: unknown) => responseOf(data, errors.list)
  const fail = (error: GraphQLError) => {
    addError(errors, error, undefined)
    return answer(null)
  }
  try {
    const data = execute(run, rootValue, undefined, -1)
    return isPromise(data) ? Promise.resolve(data.then(answer, fail)) : answer(data)
  } catch (error) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a field throws nothing else
    return fail(error as GraphQLError)
  }
}

function responseOf(data: unknown, errors: readonly GraphQLError[]): ExecutionResult {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what a root unit answers
  const response = { data: data as Record<string, unknown> | null }
  return errors.length === 0 ? response : { errors, ...response }
}
