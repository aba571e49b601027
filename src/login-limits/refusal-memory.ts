/** A flood of others pushes out the oldest: these cost a verification again. */
const mostRemembered = 10_000

/** Until when what was refused is refused again, in this process. */
export function createRefusalMemory() {
  const untilByKey = new Map<string, number>()
  const spell = (key: Buffer) => key.toString('base64')

  return {
    remember(key: Buffer, untilMs: number): void {
      const [oldest] = untilByKey.keys()
      if (oldest !== undefined && untilByKey.size >= mostRemembered) untilByKey.delete(oldest)
      untilByKey.set(spell(key), untilMs)
    },

    /** The end of the first refusal that is not over, in milliseconds; null where there is none. */
    recall(keys: readonly Buffer[], nowMs: number): number | null {
      for (const key of keys) {
        const untilMs = untilByKey.get(spell(key))
        if (untilMs !== undefined && untilMs > nowMs) return untilMs
      }
      return null
    },
  }
}
