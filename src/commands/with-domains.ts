import { endAll, openDomains } from '../app.js'
import { readConfig } from '../config.js'
import type { Terminal } from './command.js'

/** Does `work` on the database that the configuration names, without starting a server. */
export async function withDomains<T>(
  { say }: Terminal,
  work: (domains: Awaited<ReturnType<typeof openDomains>>) => Promise<T>,
): Promise<T> {
  const started: (() => Promise<unknown>)[] = []
  try {
    return await work(await openDomains({ config: readConfig(), report: say }, started))
  } finally {
    await endAll(started)
  }
}
