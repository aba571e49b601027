import {
  getNamedType,
  GraphQLError,
  type GraphQLObjectType,
  type GraphQLOutputType,
  isAbstractType,
  isNonNullType,
  isObjectType,
} from 'graphql'
import type { Complete } from './completion.js'
import { follow, handleError, readPasses } from './execute-field.js'
import { coordinateOf, type Field, type Info, infoOf } from './field.js'
import { isPromise, type Path, type Run } from './run.js'
import { type List, type Unit, unitFor } from './unit.js'

/** CompleteValue for a list (GraphQL 6.4.3). `complete` is that of its items. */
export function ofList(itemType: GraphQLOutputType, complete: Complete): Complete {
  const plain = plainObject(itemType)
  const asksForInfo = mayAskForInfo(getNamedType(itemType))

  return (field, run, value, path, given) => {
    if (!isIterable(value))
      throw new GraphQLError(`Expected Iterable, but did not find one for field "${coordinateOf(field)}".`)
    const unit = plain && unitFor(field, plain)
    // One for all items, and its path is that of the list.
    const info = given ?? (asksForInfo ? infoOf(field, run, path) : null)
    const list = openList({ itemType, complete, unit, field, run, path, info })
    try {
      if (unit && isPlainArray(value)) unit.executeItems(run, value, path, list)
      else readItems(value, list, field, run)
    } catch (error) {
      // Nobody waits any more for those that have begun, and nobody may have to know of their rejections.
      if (list.waits) void Promise.allSettled(list.answers)
      throw error
    }
    return list.waits ? Promise.all(list.answers) : list.answers
  }
}

type Opening = {
  readonly itemType: GraphQLOutputType
  readonly complete: Complete
  readonly unit: Unit | null
  readonly field: Field
  readonly run: Run
  readonly path: Path
  readonly info: Info | null
}

function openList({ itemType, complete, unit, field, run, path, info }: Opening): List {
  const placeAt = (index: number): Path => ({ prev: path, key: index, typename: undefined })

  /** What is no plain object: a value to be completed, or a promise of one. */
  function begin(item: unknown, index: number): unknown {
    const place = placeAt(index)
    return isPromise(item)
      ? follow(field, run, item, (value) => complete(field, run, value, place, info))
      : complete(field, run, item, place, info)
  }

  const list: List = {
    answers: [],
    waits: false,
    complete(item, index) {
      try {
        const completed =
          unit && isPlainItem(item) ? unit.execute(run, item, path, index) : begin(item, index)
        return isPromise(completed) ? list.wait(completed, index) : completed
      } catch (error) {
        return list.fail(error, index)
      }
    },
    wait(answer, index) {
      list.waits = true
      const handled = answer.then(undefined, (error: unknown) => list.fail(error, index))
      if (!(answer instanceof Promise)) readPasses(field, run)
      return handled
    },
    fail: (error, index) => handleError(field, run, error, itemType, placeAt(index)),
  }
  return list
}

/** What is no plain array is made while it is read, up to its end, by code of others. */
function readItems(items: Iterable<unknown>, { answers, complete }: List, field: Field, run: Run): void {
  const isLazy = !isPlainArray(items)
  for (const item of items) {
    if (isLazy) readPasses(field, run)
    answers.push(complete(item, answers.length))
  }
  if (isLazy) readPasses(field, run)
}

const isIterable = (value: unknown): value is Iterable<unknown> =>
  typeof value === 'object' &&
  value !== null &&
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- anything may be asked for a property
  typeof (value as { [Symbol.iterator]?: unknown })[Symbol.iterator] === 'function'

/** Not one that brings an iterator of its own. */
const isPlainArray = (value: Iterable<unknown>): value is unknown[] =>
  Array.isArray(value) && value[Symbol.iterator] === Array.prototype[Symbol.iterator]

const isPlainItem = (item: unknown): boolean =>
  typeof item === 'object' && item !== null && !(item instanceof Error) && !isPromise(item)

/** The items of most lists: objects that are there, of a type that nothing has to be asked about. */
function plainObject(itemType: GraphQLOutputType): GraphQLObjectType | null {
  const named = isNonNullType(itemType) ? itemType.ofType : itemType
  return isObjectType(named) && !named.isTypeOf ? named : null
}

const mayAskForInfo = (type: ReturnType<typeof getNamedType>): boolean =>
  isAbstractType(type) || (isObjectType(type) && Boolean(type.isTypeOf))
