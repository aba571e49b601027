export type SigningKeyUpkeepOptions = {
  keys: { maintain(): Promise<void> }
  /** Shorter than the publication lead by far: between two runs a replica does not learn of new keys. */
  everySeconds?: number
  onError: (error: unknown) => void
}

/** Rotates and reloads the signing keys from time to time. Answers how to stop that; a run under way is waited for. */
export function startSigningKeyUpkeep({
  keys,
  everySeconds = 60,
  onError,
}: SigningKeyUpkeepOptions): () => Promise<void> {
  let underWay: Promise<void> | null = null
  const timer = setInterval(() => {
    underWay ??= keys
      .maintain()
      .catch(onError)
      .finally(() => {
        underWay = null
      })
  }, everySeconds * 1000)
  timer.unref()
  return async () => {
    clearInterval(timer)
    await underWay
  }
}
