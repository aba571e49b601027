/** A flood of others pushes out the oldest: these cost a verification again. */
const mostRemembered = 10_000

/** Until when what was refused is refused again, in this process. */
export function createRefusalMemory() {
  const untilByKey = new Map<string, number>()
  const spell = (key: Buffer) => key.toString('base64')

  return {
    remember(key: Buffer, untilMs: number): void {
      untilByKey.delete(spell(key)) // so that it is the youngest
      const [oldest] = untilByKey.keys()
      if (oldest !== undefined && untilByKey.size >= mostRemembered) untilByKey.delete(oldest)
      untilByKey.set(spell(key), untilMs)
    },

    /** The end of the last refusal that is not over, in milliseconds; null where there is none. */
    recall(keys: readonly Buffer[], nowMs: number): number | null {
      const untilMs = Math.max(...keys.map((key) => untilByKey.get(spell(key)) ?? nowMs))
      return untilMs > nowMs ? untilMs : null
    },
  }
}
