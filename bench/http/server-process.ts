import type { Profiler } from 'node:inspector'
import { startChild } from './child.js'
import type { ContenderName } from './contender.js'

export type Question = 'where' | 'cpu' | 'profile' | 'profiled' | 'stop'
export type Where = { readonly url: string; readonly tokens: readonly string[] }
export type Answer = Where | NodeJS.CpuUsage | Profiler.Profile | null

export type ServerProcess = Awaited<ReturnType<typeof startServer>>

/** As `npm start` has it: room for the answers of many requests before garbage is collected. All contenders have it. */
export const nodeOption = '--max-semi-space-size=32'

/** One contender in a process of its own, which logs to a file. */
export async function startServer(name: ContenderName, databaseUrl: string, logFile: number) {
  const child = startChild<Question, Answer>('serve.js', [name, databaseUrl], {
    execArgv: [nodeOption],
    stdio: ['ignore', logFile, 'inherit', 'ipc'],
  })
  await child.answer()
  const { url, tokens } = (await child.ask('where')) as Where
  return {
    name,
    url,
    tokens,
    /** Microseconds of all its threads since its start. */
    async cpu(): Promise<number> {
      const { user, system } = (await child.ask('cpu')) as NodeJS.CpuUsage
      return user + system
    },
    startProfile: () => child.ask('profile'),
    stopProfile: () => child.ask('profiled') as Promise<Profiler.Profile>,
    async stop(): Promise<void> {
      await child.ask('stop')
      await child.end()
    },
  }
}
