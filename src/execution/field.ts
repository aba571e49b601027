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
import { argumentReader } from './arguments.js'
import { type Complete, createCompletion } from './completion.js'
import type { Program } from './program.js'
import { addError, isPromise, pass, type Path, placeOf, type Run } from './run.js'

type Resolver = GraphQLFieldResolver<unknown, unknown>

/** What can be passed without asking the guard in front of a resolver. */
export type Gate = { readonly id: number; readonly resolve: Resolver | undefined }

/** One response key of one selection set on one object type. */
export type Field = {
  readonly key: string
  readonly name: string
  readonly parentType: GraphQLObjectType
  readonly type: GraphQLOutputType
  readonly nodes: readonly FieldNode[]
  readonly gate: Gate | null
  /** `read`: a property of the source, past the gate if there is one. `call`: a resolver. */
  readonly access: 'read' | 'call'
  /** Calls the resolver, or its guard, and completes what it returns. */
  readonly execute: (run: Run, source: unknown, path: Path | undefined, index: number) => unknown
  /** Completes a property that was read from the source. */
  readonly settle: (
    run: Run,
    source: unknown,
    value: unknown,
    path: Path | undefined,
    index: number,
  ) => unknown
  /** What graphql-js does with an error of a field: null and an error in the answer, or thrown on to the parent. */
  readonly fail: (run: Run, error: unknown, path: Path | undefined, index: number) => null
}

/** A located error of a field or an item; thrown on where it must not be null. */
export function handleError(
  run: Run,
  raw: unknown,
  { nodes }: Pick<Field, 'nodes'>,
  type: GraphQLOutputType,
  path: Path,
): null {
  const error = locatedError(raw, nodes, responsePathAsArray(path))
  if (isNonNullType(type)) throw error
  addError(run.errors, error, path)
  return null
}

export function createField(
  program: Program,
  parentType: GraphQLObjectType,
  key: string,
  nodes: readonly [FieldNode, ...FieldNode[]],
  definition: GraphQLField<unknown, unknown>,
): Field {
  const { schema, fragments, operation, gates } = program
  const { name, type } = definition
  const gate = gates.gateOf(definition.resolve)
  const guarded: Resolver = definition.resolve ?? defaultFieldResolver
  const passed: Resolver = gate ? (gate.resolve ?? defaultFieldResolver) : guarded
  const readArguments = argumentReader(definition, nodes[0])
  const typename = parentType.name

  const infoOf = (run: Run, path: Path): GraphQLResolveInfo => ({
    fieldName: name,
    fieldNodes: nodes,
    returnType: type,
    parentType,
    path,
    schema,
    fragments,
    rootValue: run.rootValue,
    operation,
    variableValues: run.variableValues,
  })

  const pathOf = (path: Path | undefined, index: number): Path => ({
    prev: placeOf(path, index),
    key,
    typename,
  })

  /** From what a resolver returned, and the code of others has run meanwhile. */
  function conclude(run: Run, result: unknown, path: Path, info: GraphQLResolveInfo | null): unknown {
    const completed = isPromise(result)
      ? result.then((resolved) => {
          run.passes = gates.passesOf(run.context)
          return complete(run, resolved, path, info)
        })
      : complete(run, result, path, info)
    if (!isPromise(completed)) return completed
    return completed.then(undefined, (error: unknown) => handleError(run, error, field, type, path))
  }

  function call(run: Run, resolver: Resolver, source: unknown, path: Path): unknown {
    const info = infoOf(run, path)
    try {
      const result = resolver(source, readArguments(run.variableValues), run.context, info)
      run.passes = gates.passesOf(run.context)
      return conclude(run, result, path, info)
    } catch (error) {
      return handleError(run, error, field, type, path)
    }
  }

  /** A field that is denied is denied for each item alike: its guard says so once, the rest are counted. */
  function refuse(run: Run, source: unknown, path: Path | undefined, index: number): unknown {
    const refusal = run.refusals.get(field)
    if (refusal) {
      gates.countOccurrence(refusal)
      return null
    }
    const before = run.errors.list.length
    const answer = call(run, guarded, source, pathOf(path, index))
    const said = run.errors.list[before]
    if (said) run.refusals.set(field, said)
    return answer
  }

  const execute: Field['execute'] = (run, source, path, index) => {
    const passes = gate ? run.passes[gate.id] : pass.allow
    if (passes === pass.deny && !isNonNullType(type)) return refuse(run, source, path, index)
    return call(run, passes === pass.allow ? passed : guarded, source, pathOf(path, index))
  }

  const settle: Field['settle'] = (run, source, value, parentPath, index) => {
    const path = pathOf(parentPath, index)
    // A method: the default resolver calls it.
    if (typeof value === 'function') return call(run, defaultFieldResolver, source, path)
    try {
      return conclude(run, value, path, null)
    } catch (error) {
      return handleError(run, error, field, type, path)
    }
  }

  const field: Field = {
    key,
    name,
    parentType,
    type,
    nodes,
    gate,
    access: passed === defaultFieldResolver ? 'read' : 'call',
    execute,
    settle,
    fail: (run, error, path, index) => handleError(run, error, field, type, pathOf(path, index)),
  }
  const complete: Complete = createCompletion(program, { name, nodes, parentType, infoOf }, type)
  return field
}
