import { type OpenedDomains, openDomains } from '../app/open-domains.js'
import { endAll, orEndAll, type Started } from '../app/started.js'
import { readConfig } from '../config.js'
import type { Surroundings } from './command.js'

/** Does `work` on the database that the configuration names, as it is: neither is a server started, nor is it migrated. */
export async function withDomains<T>(
  { say, domains }: Surroundings,
  work: (domains: OpenedDomains) => Promise<T>,
): Promise<T> {
  const started: Started = []
  const options = { config: readConfig(), domains, report: say, schema: 'require' } as const
  const result = await orEndAll(
    started,
    async () => work(await openDomains(options, started)),
    (fault) => say(`Not ended properly: ${String(fault)}`),
  )
  await endAll(started)
  return result
}
