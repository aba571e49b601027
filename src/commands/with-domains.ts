import { endAll, openDomains } from '../app.js'
import { readConfig } from '../config.js'
import type { Surroundings } from './command.js'

/** Does `work` on the database that the configuration names, as it is: neither is a server started, nor is it migrated. */
export async function withDomains<T>(
  { say, domains }: Surroundings,
  work: (domains: Awaited<ReturnType<typeof openDomains>>) => Promise<T>,
): Promise<T> {
  const started: (() => Promise<unknown>)[] = []
  const options = { config: readConfig(), domains, report: say, schema: 'require' } as const
  try {
    return await work(await openDomains(options, started))
  } finally {
    await endAll(started)
  }
}
