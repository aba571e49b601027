/** A promise that the test settles; `Promise.withResolvers` came only after Node 20. */
export function deferred<T>() {
  let settle: { resolve: (value: T | PromiseLike<T>) => void; reject: (reason: unknown) => void } | undefined
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject }
  })
  return {
    promise,
    resolve: (value: T | PromiseLike<T>) => settle?.resolve(value),
    reject: (reason: unknown) => settle?.reject(reason),
  }
}
