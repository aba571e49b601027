/** Does `work` once, after so many seconds, unless it is called off by what this returns. */
export function schedule(work: () => void, afterSeconds: number): () => void {
  const timer = setTimeout(work, afterSeconds * 1000).unref()
  return () => clearTimeout(timer)
}
