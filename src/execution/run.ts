import { type GraphQLError, type GraphQLResolveInfo, responsePathAsArray } from 'graphql'

export type Path = GraphQLResolveInfo['path']

/** By the id of a gate: what a caller may pass without its guard being asked. Anything else asks. */
export type Passes = Readonly<Record<number, number>>
export const pass = { allow: 1, deny: 2 } as const

/** One execution of one operation. Dies with it. */
export type Run = {
  readonly context: unknown
  readonly rootValue: unknown
  readonly variableValues: Record<string, unknown>
  readonly errors: CollectedErrors
  /** Of the caller as it was when code of others last ran. */
  passes: Passes
  /** The refusal of each field that is denied as a whole, once its guard has said it. */
  readonly refusals: Map<object, GraphQLError>
}

/** As graphql-js tells them: anything with a method `then`. Not asked by `in`, which many a proxy does not answer. */
export const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  value !== null &&
  (typeof value === 'object' || typeof value === 'function') &&
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- anything may be asked for a property
  typeof (value as { then?: unknown }).then === 'function'

/** The path of an object; `index` is its position in the list at `path`, or -1 when it is no item. */
export const placeOf = (path: Path | undefined, index: number): Path | undefined =>
  index === -1 ? path : { prev: path, key: index, typename: undefined }

/**
 * The errors of an execution. One whose place, or a place above it, is null already counts no more: what still runs
 * there has nobody to answer (GraphQL 6.4.4).
 */
type CollectedErrors = {
  readonly list: GraphQLError[]
  /** Of those in the list. */
  readonly paths: (Path | undefined)[]
  /** The paths as a tree, made when a further error asks for them. */
  readonly root: Place
}

/** A place of the answer: whether it is null by an error, and those below it. */
type Place = { isNulled: boolean; readonly below: Map<string | number, Place> }

const newPlace = (): Place => ({ isNulled: false, below: new Map() })

export const noErrors = (): CollectedErrors => ({ list: [], paths: [], root: newPlace() })

export function addError(errors: CollectedErrors, error: GraphQLError, path: Path | undefined): void {
  const { list, paths } = errors
  if (list.length > 0 && isNulled(errors, path)) return
  paths.push(path)
  list.push(error)
}

function isNulled({ paths, root }: CollectedErrors, path: Path | undefined): boolean {
  for (const each of paths.splice(0)) placeAt(root, each).isNulled = true
  let place: Place | undefined = root
  for (const key of responsePathAsArray(path)) {
    if (!place || place.isNulled) break
    place = place.below.get(key)
  }
  return place?.isNulled ?? false
}

function placeAt(root: Place, path: Path | undefined): Place {
  let place = root
  for (const key of responsePathAsArray(path)) {
    const below = place.below.get(key) ?? newPlace()
    place.below.set(key, below)
    place = below
  }
  return place
}

export const noPasses: Passes = Object.freeze({})
