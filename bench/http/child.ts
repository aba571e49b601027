import { type ChildProcess, type ForkOptions, fork } from 'node:child_process'
import { once } from 'node:events'

/** A module of this folder in a process of its own, which answers each message with one. */
export function startChild<Question extends object | string, Answer>(
  file: string,
  args: readonly string[],
  options: ForkOptions,
) {
  const env = { ...process.env, NODE_ENV: 'production' }
  const child = fork(new URL(file, import.meta.url), args, { ...options, env })
  const answer = () => answerOf(child) as Promise<Answer>
  return {
    answer,
    ask(question: Question): Promise<Answer> {
      child.send(question)
      return answer()
    },
    async end(): Promise<void> {
      const exited = child.exitCode === null ? once(child, 'exit') : null
      if (child.connected) child.disconnect()
      await exited
    },
  }
}

async function answerOf(child: ChildProcess): Promise<unknown> {
  const settled = new AbortController()
  const { signal } = settled
  const gone = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`A process of the bench has ended by itself, with ${code}.`)
  })
  try {
    const [answer]: unknown[] = await Promise.race([once(child, 'message', { signal }), gone])
    return answer
  } finally {
    gone.catch(() => {})
    settled.abort()
  }
}
