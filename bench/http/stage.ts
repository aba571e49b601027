import { rmSync } from 'node:fs'
import { mkdtemp, open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exitOnSignals } from '../command-line.js'
import { type LoadProcess, startLoad } from './comparison.js'
import type { ContenderName } from './contender.js'
import { createDatabase } from './database.js'
import { type ServerProcess, startServer } from './server-process.js'

/** Everything that a measurement needs, started; ended again whatever comes of it. */
export async function onStage<T>(
  contenders: readonly ContenderName[],
  act: (servers: readonly ServerProcess[], loader: LoadProcess) => Promise<T>,
): Promise<T> {
  exitOnSignals()
  const ends: (() => Promise<unknown>)[] = []
  try {
    const database = await createDatabase()
    ends.push(database.drop)
    const directory = await mkdtemp(join(tmpdir(), 'fieldgate-bench-'))
    process.once('exit', () => rmSync(directory, { recursive: true }))
    const servers: ServerProcess[] = []
    for (const name of contenders) {
      const log = await open(join(directory, `${name}.log`), 'a')
      ends.push(() => log.close())
      const server = await startServer(name, database.url, log.fd)
      ends.push(server.stop)
      servers.push(server)
    }
    const loader = startLoad()
    ends.push(loader.end)
    return await act(servers, loader)
  } finally {
    for (const end of ends.toReversed()) await end()
  }
}
