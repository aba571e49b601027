/** A schedule whose time comes when the test says so. */
export function createFakeSchedule() {
  let due: (() => void)[] = []
  const pauses: number[] = []
  let onScheduled = () => {}

  return {
    /** The pauses that were asked for, in seconds. */
    pauses,
    pending: () => due.length,
    schedule(work: () => void, afterSeconds: number) {
      due.push(work)
      pauses.push(afterSeconds)
      onScheduled()
      return () => {
        due = due.filter((one) => one !== work)
      }
    },
    /** Lets the time pass; resolves when all that was due is done and scheduled again. */
    elapse(): Promise<void> {
      const works = due
      due = []
      return new Promise((resolve) => {
        onScheduled = () => due.length === works.length && resolve()
        for (const work of works) work()
      })
    },
  }
}
