import {
  defaultTypeResolver,
  GraphQLError,
  type GraphQLAbstractType,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql'
import { inspect } from 'graphql/jsutils/inspect.js'
import { follow, readPasses } from './execute-field.js'
import { coordinateOf, type Field, type Info, infoOf } from './field.js'
import { ofList } from './list.js'
import { isPromise, type Path, type Run } from './run.js'
import { requireObjectType } from './runtime-type.js'
import { unitFor } from './unit.js'

/**
 * CompleteValue (GraphQL 6.4.3) for one type, at any field. Throws what its field or item has to handle, in the words of
 * graphql-js. `info` is null until something asks for it.
 */
export type Complete = (field: Field, run: Run, value: unknown, path: Path, info: Info | null) => unknown

const known = new WeakMap<GraphQLOutputType, Complete>()

export function completionOf(type: GraphQLOutputType): Complete {
  const found = known.get(type)
  if (found) return found
  const made = isNonNullType(type) ? required(completionOf(type.ofType)) : nullable(specific(type))
  known.set(type, made)
  return made
}

const required =
  (complete: Complete): Complete =>
  (field, run, value, path, info) => {
    const completed = complete(field, run, value, path, info)
    if (completed !== null) return completed
    throw new Error(`Cannot return null for non-nullable field ${coordinateOf(field)}.`)
  }

const nullable =
  (complete: Complete): Complete =>
  (field, run, value, path, info) => {
    if (value instanceof Error) throw value
    return value === null || value === undefined ? null : complete(field, run, value, path, info)
  }

function specific(type: GraphQLOutputType): Complete {
  if (isListType(type)) return ofList(type.ofType, completionOf(type.ofType))
  if (isLeafType(type)) return ofLeaf(type)
  if (isAbstractType(type)) return ofAbstract(type)
  if (isObjectType(type)) return ofObject(type)
  throw new Error(`No value can be completed as ${inspect(type)}.`)
}

const ofLeaf =
  (type: GraphQLLeafType): Complete =>
  (_field, _run, value) => {
    const serialized: unknown = type.serialize(value)
    if (serialized !== null && serialized !== undefined) return serialized
    const call = `${inspect(type)}.serialize(${inspect(value)})`
    throw new Error(`Expected \`${call}\` to return non-nullable value, returned: ${inspect(serialized)}`)
  }

function ofObject(type: GraphQLObjectType): Complete {
  const isTypeOf = type.isTypeOf?.bind(type)
  if (!isTypeOf) return (field, run, value, path) => unitFor(field, type).execute(run, value, path, -1)

  function proceed(field: Field, run: Run, value: unknown, path: Path, is: boolean): unknown {
    readPasses(field, run)
    if (is) return unitFor(field, type).execute(run, value, path, -1)
    throw new GraphQLError(`Expected value of type "${type.name}" but got: ${inspect(value)}.`, {
      nodes: field.nodes,
    })
  }

  return (field, run, value, path, info) => {
    const answer = isTypeOf(value, run.context, info ?? infoOf(field, run, path))
    return isPromise(answer)
      ? follow(field, run, answer, (is) => proceed(field, run, value, path, is))
      : proceed(field, run, value, path, answer)
  }
}

function ofAbstract(type: GraphQLAbstractType): Complete {
  const resolveType = type.resolveType ?? defaultTypeResolver

  function proceed(field: Field, run: Run, value: unknown, path: Path, info: Info, name: unknown): unknown {
    readPasses(field, run)
    return completionOf(requireObjectType(field, type, value, name))(field, run, value, path, info)
  }

  return (field, run, value, path, knownInfo) => {
    const info = knownInfo ?? infoOf(field, run, path)
    const name = resolveType(value, run.context, info, type)
    return isPromise(name)
      ? follow(field, run, name, (resolved) => proceed(field, run, value, path, info, resolved))
      : proceed(field, run, value, path, info, name)
  }
}
