import {
  defaultTypeResolver,
  GraphQLError,
  type GraphQLAbstractType,
  type GraphQLLeafType,
  type GraphQLList,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql'
import { inspect } from 'graphql/jsutils/inspect.js'
import { type Field, handleError } from './field.js'
import type { Program } from './program.js'
import { isPromise, type Path, type Run } from './run.js'
import { createUnits, type Unit } from './unit.js'

type Info = GraphQLResolveInfo

/**
 * CompleteValue (GraphQL 6.4.3) for one type. Throws what its field or item has to handle. `info` is null until
 * something asks for it.
 */
export type Complete = (run: Run, value: unknown, path: Path, info: Info | null) => unknown

type Place = Pick<Field, 'name' | 'nodes' | 'parentType'> & {
  readonly infoOf: (run: Run, path: Path) => Info
}

const isIterable = (value: unknown): value is Iterable<unknown> =>
  typeof value === 'object' &&
  value !== null &&
  Symbol.iterator in value &&
  typeof value[Symbol.iterator] === 'function'

/** Completes values of a type at one field, with the texts of graphql-js for what does not fit. */
export function createCompletion(program: Program, place: Place, type: GraphQLOutputType): Complete {
  const units = createUnits(program, place.nodes)
  const coordinate = `${place.parentType.name}.${place.name}`

  function completionOf(of: GraphQLOutputType): Complete {
    if (!isNonNullType(of)) return nullable(specific(of))
    const inner = nullable(specific(of.ofType))
    return (run, value, path, info) => {
      const completed = inner(run, value, path, info)
      if (completed === null) throw new Error(`Cannot return null for non-nullable field ${coordinate}.`)
      return completed
    }
  }

  const nullable =
    (complete: Complete): Complete =>
    (run, value, path, info) => {
      if (value instanceof Error) throw value
      return value === null || value === undefined ? null : complete(run, value, path, info)
    }

  function specific(of: GraphQLOutputType): Complete {
    if (isListType(of)) return ofList(of)
    if (isLeafType(of)) return ofLeaf(of)
    if (isAbstractType(of)) return ofAbstract(of)
    if (isObjectType(of)) return ofObject(of)
    throw new Error(`No value can be completed as ${inspect(of)}.`)
  }

  const ofLeaf =
    (leaf: GraphQLLeafType): Complete =>
    (_run, value) => {
      const serialized: unknown = leaf.serialize(value)
      if (serialized !== null && serialized !== undefined) return serialized
      const call = `${inspect(leaf)}.serialize(${inspect(value)})`
      throw new Error(`Expected \`${call}\` to return non-nullable value, returned: ${inspect(serialized)}`)
    }

  function ofList({ ofType: itemType }: GraphQLList<GraphQLOutputType>): Complete {
    const completeItem = itemCompletion(itemType)
    return (run, value, path, info) => {
      if (!isIterable(value))
        throw new GraphQLError(`Expected Iterable, but did not find one for field "${coordinate}".`)
      const items: unknown[] = []
      let waits = false
      try {
        for (const each of value) {
          const item = completeItem(run, each, path, items.length, info)
          if (isPromise(item)) waits = true
          items.push(item)
        }
      } catch (error) {
        // Nobody waits any more for those that have begun, and nobody may have to know of their rejections.
        if (waits) void Promise.allSettled(items)
        throw error
      }
      return waits ? Promise.all(items) : items
    }
  }

  type CompleteItem = (run: Run, item: unknown, path: Path, index: number, info: Info | null) => unknown

  function itemCompletion(itemType: GraphQLOutputType): CompleteItem {
    const complete = completionOf(itemType)
    const unit = plainUnitOf(itemType)
    const handle = (run: Run, error: unknown, path: Path) => handleError(run, error, place, itemType, path)

    const completeItem: CompleteItem = (run, item, listPath, index, info) => {
      const path: Path = { prev: listPath, key: index, typename: undefined }
      try {
        const completed = isPromise(item)
          ? item.then((resolved) => {
              run.passes = program.gates.passesOf(run.context)
              return complete(run, resolved, path, info)
            })
          : complete(run, item, path, info)
        if (!isPromise(completed)) return completed
        return completed.then(undefined, (error: unknown) => handle(run, error, path))
      } catch (error) {
        return handle(run, error, path)
      }
    }
    if (!unit) return completeItem

    // The items of most lists: objects that are there, of a type that nothing has to be asked about.
    return (run, item, listPath, index, info) => {
      if (typeof item !== 'object' || item === null || item instanceof Error || isPromise(item))
        return completeItem(run, item, listPath, index, info)
      try {
        const completed = unit.execute(run, item, listPath, index)
        if (!isPromise(completed)) return completed
        const path: Path = { prev: listPath, key: index, typename: undefined }
        return completed.then(undefined, (error: unknown) => handle(run, error, path))
      } catch (error) {
        return handle(run, error, { prev: listPath, key: index, typename: undefined })
      }
    }
  }

  /** The unit of an object type whose values are taken as they are. */
  function plainUnitOf(of: GraphQLOutputType): Unit | null {
    const named = isNonNullType(of) ? of.ofType : of
    return isObjectType(named) && !named.isTypeOf ? units.of(named) : null
  }

  function ofObject(object: GraphQLObjectType): Complete {
    const unit = units.of(object)
    const isTypeOf = object.isTypeOf?.bind(object)
    if (!isTypeOf) return (run, value, path) => unit.execute(run, value, path, -1)
    return (run, value, path, knownInfo) => {
      const info = knownInfo ?? place.infoOf(run, path)
      const proceed = (is: boolean) => {
        if (is) return unit.execute(run, value, path, -1)
        throw new GraphQLError(`Expected value of type "${object.name}" but got: ${inspect(value)}.`, {
          nodes: place.nodes,
        })
      }
      const answer = isTypeOf(value, run.context, info)
      run.passes = program.gates.passesOf(run.context)
      if (!isPromise(answer)) return proceed(answer)
      return answer.then((is) => {
        run.passes = program.gates.passesOf(run.context)
        return proceed(is)
      })
    }
  }

  function ofAbstract(abstract: GraphQLAbstractType): Complete {
    const resolveType = abstract.resolveType ?? defaultTypeResolver
    const objects = new Map<string, Complete>()

    function completeAs(name: unknown, run: Run, value: unknown, path: Path, info: Info): unknown {
      run.passes = program.gates.passesOf(run.context)
      const known = typeof name === 'string' ? objects.get(name) : undefined
      if (known) return known(run, value, path, info)
      const object = requireObjectType(name, abstract, value)
      const complete = ofObject(object)
      objects.set(object.name, complete)
      return complete(run, value, path, info)
    }

    return (run, value, path, knownInfo) => {
      const info = knownInfo ?? place.infoOf(run, path)
      const name = resolveType(value, run.context, info, abstract)
      return isPromise(name)
        ? name.then((resolved) => completeAs(resolved, run, value, path, info))
        : completeAs(name, run, value, path, info)
    }
  }

  /** ResolveAbstractType (GraphQL 6.4.3). */
  function requireObjectType(
    name: unknown,
    abstract: GraphQLAbstractType,
    value: unknown,
  ): GraphQLObjectType {
    const must = `Abstract type "${abstract.name}" must resolve to an Object type at runtime for field "${coordinate}"`
    const was = `Abstract type "${abstract.name}" was resolved to a`
    const { nodes } = place
    if (name === null || name === undefined) {
      const remedy = `Either the "${abstract.name}" type should provide a "resolveType" function or each possible type should provide an "isTypeOf" function.`
      throw new GraphQLError(`${must}. ${remedy}`, { nodes })
    }
    if (isObjectType(name)) {
      throw new GraphQLError(
        'Support for returning GraphQLObjectType from resolveType was removed in graphql-js@16.0.0 please return type name instead.',
      )
    }
    if (typeof name !== 'string') {
      throw new GraphQLError(`${must} with value ${inspect(value)}, received "${inspect(name)}".`)
    }
    const object = program.schema.getType(name)
    if (!object)
      throw new GraphQLError(`${was} type "${name}" that does not exist inside the schema.`, { nodes })
    if (!isObjectType(object)) throw new GraphQLError(`${was} non-object type "${name}".`, { nodes })
    if (program.schema.isSubType(abstract, object)) return object
    throw new GraphQLError(`Runtime Object type "${name}" is not a possible type for "${abstract.name}".`, {
      nodes,
    })
  }

  return completionOf(type)
}
