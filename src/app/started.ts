/** The ends of what was started, in the order of the starts. */
export type Started = (() => Promise<unknown>)[]

/** Ends all, the last first, though some fail. @throws what failed: the one error, or an AggregateError of all */
export async function endAll(started: Started): Promise<void> {
  const faults: unknown[] = []
  for (const end of started.splice(0).toReversed()) {
    try {
      await end()
    } catch (fault) {
      faults.push(fault)
    }
  }
  if (faults.length > 1) throw new AggregateError(faults, faults.map(String).join('\n'))
  if (faults.length === 1) throw faults[0]
}

/**
 * Does `work`. Where it fails, what it has started is ended, and the error is that of the work: what goes wrong at the end
 * is told to `onFault`.
 */
export async function orEndAll<T>(
  started: Started,
  work: () => Promise<T>,
  onFault: (fault: unknown) => void,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    await endAll(started).catch(onFault)
    throw error
  }
}
