import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Credentials, Tokens } from './operations.js'

/** What the process of the load is asked to do, for so long. */
export type Job = { readonly milliseconds: number } & (
  | { readonly kind: 'refresh' | 'me'; readonly url: string; readonly sessions: readonly Tokens[] }
  | { readonly kind: 'login'; readonly url: string; readonly clients: number; readonly user: Credentials }
  | {
      /** Two clients at each, with pauses: a load, not a flood. */
      readonly kind: 'ask'
      readonly urls: readonly string[]
      readonly tokens: Tokens
    }
  | { readonly kind: 'argon2id'; readonly clients: number; readonly password: string }
)

export type Done = {
  readonly seconds: number
  /** Of CPU, of the load itself. */
  readonly cpuSeconds: number
  /** Milliseconds of each. */
  readonly latencies: readonly number[]
  /** The newest tokens, where sessions were given. */
  readonly sessions: readonly Tokens[]
}

export type Load = { run(job: Job): Promise<Done>; stop(): Promise<void> }

/** Clients in a process of their own, each waiting for its answer before it asks again. */
export function startLoad(): Load {
  const child: ChildProcess = fork(fileURLToPath(new URL('load-process.js', import.meta.url)))
  const ended = once(child, 'exit')
  return {
    async run(job) {
      const answered = once(child, 'message')
      child.send(job)
      const failed = ended.then(() => Promise.reject(new Error('The load has ended by itself.')))
      const [done] = await Promise.race([answered, failed])
      return done as Done
    },
    async stop() {
      child.disconnect()
      await ended
    },
  }
}
