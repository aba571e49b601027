import {
  defaultTypeResolver,
  GraphQLError,
  type GraphQLAbstractType,
  type GraphQLLeafType,
  type GraphQLList,
  type GraphQLObjectType,
  type GraphQLOutputType,
  getNamedType,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql'
import { inspect } from 'graphql/jsutils/inspect.js'
import { coordinateOf, type Field, follow, handleError, type Info, infoOf, readPasses } from './field.js'
import { isPromise, type Path, type Run } from './run.js'
import { requireObjectType } from './runtime-type.js'
import { type List, unitFor } from './unit.js'

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
  if (isListType(type)) return ofList(type)
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

const isIterable = (value: unknown): value is Iterable<unknown> =>
  typeof value === 'object' &&
  value !== null &&
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- anything may be asked for a property
  typeof (value as { [Symbol.iterator]?: unknown })[Symbol.iterator] === 'function'

/** Not one that brings an iterator of its own. */
const isPlainArray = (value: Iterable<unknown>): value is unknown[] =>
  Array.isArray(value) && value[Symbol.iterator] === Array.prototype[Symbol.iterator]

function ofList({ ofType: itemType }: GraphQLList<GraphQLOutputType>): Complete {
  const complete = completionOf(itemType)
  const plain = plainObject(itemType)
  const asksForInfo = mayAskForInfo(getNamedType(itemType))

  const placeAt = (prev: Path, key: number): Path => ({ prev, key, typename: undefined })

  /** An item as it is, or a promise of it. */
  function begin(field: Field, run: Run, item: unknown, listPath: Path, index: number, info: Info | null) {
    const path = placeAt(listPath, index)
    if (!isPromise(item)) return complete(field, run, item, path, info)
    return follow(field, run, item, (value) => complete(field, run, value, path, info))
  }

  return (field, run, value, path, given) => {
    if (!isIterable(value))
      throw new GraphQLError(`Expected Iterable, but did not find one for field "${coordinateOf(field)}".`)
    const unit = plain && unitFor(field, plain)
    // One for all items, and its path is that of the list.
    const info = given ?? (asksForInfo ? infoOf(field, run, path) : null)
    // Made while it is read, up to its end, by code of others.
    const isLazy = !isPlainArray(value)
    let waits = false

    const list: List = {
      answers: [],
      complete(item, index) {
        try {
          const completed =
            unit && isPlainItem(item)
              ? unit.execute(run, item, path, index)
              : begin(field, run, item, path, index, info)
          return isPromise(completed) ? list.wait(completed, index) : completed
        } catch (error) {
          return list.fail(error, index)
        }
      },
      wait(answer, index) {
        waits = true
        const handled = answer.then(undefined, (error: unknown) => list.fail(error, index))
        if (!(answer instanceof Promise)) readPasses(field, run)
        return handled
      },
      fail: (error, index) => handleError(field, run, error, itemType, placeAt(path, index)),
    }
    const { answers } = list
    try {
      if (unit && !isLazy) unit.executeItems(run, value, path, list)
      else {
        for (const item of value) {
          if (isLazy) readPasses(field, run)
          answers.push(list.complete(item, answers.length))
        }
        if (isLazy) readPasses(field, run)
      }
    } catch (error) {
      // Nobody waits any more for those that have begun, and nobody may have to know of their rejections.
      if (waits) void Promise.allSettled(answers)
      throw error
    }
    return waits ? Promise.all(answers) : answers
  }
}

const mayAskForInfo = (type: GraphQLOutputType): boolean =>
  isAbstractType(type) || (isObjectType(type) && Boolean(type.isTypeOf))

const isPlainItem = (item: unknown): boolean =>
  typeof item === 'object' && item !== null && !(item instanceof Error) && !isPromise(item)

/** The items of most lists: objects that are there, of a type that nothing has to be asked about. */
function plainObject(itemType: GraphQLOutputType): GraphQLObjectType | null {
  const named = isNonNullType(itemType) ? itemType.ofType : itemType
  return isObjectType(named) && !named.isTypeOf ? named : null
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
