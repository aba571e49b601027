import {
  defaultFieldResolver,
  type FieldNode,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  isNonNullType,
  locatedError,
  responsePathAsArray,
} from 'graphql'
import { argumentReader, type ReadArguments } from './arguments.js'
import { type Complete, completionOf } from './completion.js'
import type { Program } from './program.js'
import { addError, isPromise, pass, type Path, placeOf, type Run } from './run.js'
import type { Unit } from './unit.js'

export type Resolver = GraphQLFieldResolver<unknown, unknown>
export type Info = GraphQLResolveInfo

/** What can be passed without asking the guard in front of a resolver. */
export type Gate = { readonly id: number; readonly resolve: Resolver | undefined }

/** One response key of one selection set on one object type. */
export type Field = {
  readonly program: Program
  readonly key: string
  readonly name: string
  readonly parentType: GraphQLObjectType
  readonly type: GraphQLOutputType
  readonly nodes: readonly FieldNode[]
  readonly gate: Gate | null
  /** As it stands in the schema, a guard perhaps. */
  readonly guarded: Resolver
  /** Past the gate. */
  readonly passed: Resolver
  /** `read`: a property of the source, past the gate if there is one. `call`: a resolver, or arguments that may not fit. */
  readonly access: 'read' | 'call'
  /** Whether all items of a list get the same answer where the field is denied. */
  readonly isRefusedAsOne: boolean
  readonly readArguments: ReadArguments
  readonly complete: Complete
  /** Of the objects behind the field, by the name of their type, as they turn up. */
  readonly units: Map<string, Unit>
}

export function createField(
  program: Program,
  parentType: GraphQLObjectType,
  key: string,
  nodes: readonly [FieldNode, ...FieldNode[]],
  definition: GraphQLField<unknown, unknown>,
): Field {
  const { name, type, resolve, args } = definition
  const gate = program.gates.gateOf(resolve)
  const guarded: Resolver = resolve ?? defaultFieldResolver
  const passed: Resolver = gate ? (gate.resolve ?? defaultFieldResolver) : guarded
  return {
    program,
    key,
    name,
    parentType,
    type,
    nodes,
    gate,
    guarded,
    passed,
    access: passed === defaultFieldResolver && args.length === 0 ? 'read' : 'call',
    // Arguments that do not fit are an error of each item, and come before its guard.
    isRefusedAsOne: !isNonNullType(type) && args.length === 0,
    readArguments: argumentReader(definition, nodes[0]),
    complete: completionOf(type),
    units: new Map(),
  }
}

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

export const coordinateOf = ({ parentType, name }: Field): string => `${parentType.name}.${name}`

export function infoOf({ program, name, nodes, type, parentType }: Field, run: Run, path: Path): Info {
  return {
    fieldName: name,
    fieldNodes: nodes,
    returnType: type,
    parentType,
    path,
    schema: program.schema,
    fragments: program.fragments,
    rootValue: run.rootValue,
    operation: program.operation,
    variableValues: run.variableValues,
  }
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

const pathOf = ({ key, parentType }: Field, path: Path | undefined, index: number): Path => ({
  prev: placeOf(path, index),
  key,
  typename: parentType.name,
})

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
