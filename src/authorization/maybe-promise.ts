/** A value or its promise: what is known now is answered now. */
export type MaybePromise<T> = T | Promise<T>

/** As graphql-js tells them: what it would wait for must not be taken for a value. Many a proxy does not answer `in`. */
export const isPromiseLike = (value: unknown): value is PromiseLike<unknown> =>
  ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
  typeof Reflect.get(value, 'then') === 'function'

/** True when every item holds. Stops at the first that does not; synchronous as long as the items are. */
export function every<T>(
  items: readonly T[],
  holds: (item: T) => MaybePromise<boolean>,
): MaybePromise<boolean> {
  for (const [at, item] of items.entries()) {
    const answer = holds(item)
    if (answer === false) return false
    if (answer !== true) return answer.then((held) => held && every(items.slice(at + 1), holds))
  }
  return true
}

/** True when some item holds. Stops at the first that does. */
export function some<T>(
  items: readonly T[],
  holds: (item: T) => MaybePromise<boolean>,
): MaybePromise<boolean> {
  for (const [at, item] of items.entries()) {
    const answer = holds(item)
    if (answer === true) return true
    if (answer !== false) return answer.then((held) => held || some(items.slice(at + 1), holds))
  }
  return false
}
