import { type GraphQLOutputType, isNonNullType, locatedError, responsePathAsArray } from 'graphql'
import { type Field, type Info, infoOf, pathOf, type Resolver } from './field.js'
import { addError, isPromise, pass, type Path, type Run } from './run.js'

/** Calls the resolver, or its guard, and completes what it returns: ExecuteField (GraphQL 6.4). */
export function executeField(
  field: Field,
  run: Run,
  source: unknown,
  path: Path | undefined,
  index: number,
): unknown {
  const { gate, isRefusedAsOne, guarded, passed } = field
  const passes = gate ? run.passes[gate.id] : pass.allow
  if (passes === pass.deny && isRefusedAsOne) return refuseField(field, run, source, path, index)
  return call(field, run, passes === pass.allow ? passed : guarded, source, pathOf(field, path, index))
}

/** Completes a property that was read from the source. */
export function settleField(
  field: Field,
  run: Run,
  source: unknown,
  value: unknown,
  parentPath: Path | undefined,
  index: number,
): unknown {
  const path = pathOf(field, parentPath, index)
  if (typeof value === 'function') return call(field, run, callMethod, source, path)
  try {
    return conclude(field, run, value, path, null)
  } catch (error) {
    return handleError(field, run, error, field.type, path)
  }
}

type Methods = Readonly<
  Record<string, (args: Record<string, unknown>, context: unknown, info: Info) => unknown>
>

/** The second half of the default resolver, which asks for a method once more to call it. */
const callMethod: Resolver = (source, args, context, info) =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it was a method when it was read
  (source as Methods)[info.fieldName]?.(args, context, info)

/** For an error that came while a property was read. */
export function failField(
  field: Field,
  run: Run,
  error: unknown,
  path: Path | undefined,
  index: number,
): null {
  return handleError(field, run, error, field.type, pathOf(field, path, index))
}

/** What graphql-js does with an error of a field or an item: null and an error in the answer, or thrown on to the parent. */
export function handleError(field: Field, run: Run, raw: unknown, type: GraphQLOutputType, path: Path): null {
  // What threw may have changed the caller before.
  readPasses(field, run)
  const error = locatedError(raw, field.nodes, responsePathAsArray(path))
  if (isNonNullType(type)) throw error
  addError(run.errors, error, path)
  return null
}

/** To be called whenever code of others has run: it may have changed who is calling. */
export function readPasses({ program }: Field, run: Run): void {
  run.passes = program.gates.passesOf(run.context, program.operation)
}

/** Goes on with what a promise resolves to. The `then` of what only stands for one is code of others. */
export function follow<Value>(
  field: Field,
  run: Run,
  promise: PromiseLike<Value>,
  goOn: (value: Value) => unknown,
): PromiseLike<unknown> {
  const followed = promise.then((value) => {
    readPasses(field, run)
    return goOn(value)
  })
  if (!(promise instanceof Promise)) readPasses(field, run)
  return followed
}

function conclude(field: Field, run: Run, result: unknown, path: Path, info: Info | null): unknown {
  const completed = isPromise(result)
    ? follow(field, run, result, (value) => field.complete(field, run, value, path, info))
    : field.complete(field, run, result, path, info)
  if (!isPromise(completed)) return completed
  return completed.then(undefined, (error: unknown) => handleError(field, run, error, field.type, path))
}

function call(field: Field, run: Run, resolver: Resolver, source: unknown, path: Path): unknown {
  const info = infoOf(field, run, path)
  try {
    const result = resolver(source, field.readArguments(run.variableValues), run.context, info)
    readPasses(field, run)
    return conclude(field, run, result, path, info)
  } catch (error) {
    return handleError(field, run, error, field.type, path)
  }
}

/** A field that is denied is denied for each item alike: its guard says so once, the rest are counted. */
function refuseField(
  field: Field,
  run: Run,
  source: unknown,
  path: Path | undefined,
  index: number,
): unknown {
  const refusal = run.refusals.get(field)
  if (refusal) {
    field.program.gates.countOccurrence(refusal)
    return null
  }
  const before = run.errors.list.length
  const answer = call(field, run, field.guarded, source, pathOf(field, path, index))
  const said = run.errors.list[before]
  if (said) run.refusals.set(field, said)
  return answer
}
