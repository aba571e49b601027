/** Does `work` once, after so many seconds, unless it is called off by what this returns. */
export type Schedule = (work: () => void, afterSeconds: number) => () => void

/** By a timer that keeps no process alive. */
export const schedule: Schedule = (work, afterSeconds) => {
  const timer = setTimeout(work, afterSeconds * 1000).unref()
  return () => clearTimeout(timer)
}
