import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { exitOnSignals, readCommandLine } from '../command-line.js'
import { measureAuthentication } from './authentication.js'
import { startCluster } from './cluster.js'
import { startLoad } from './load.js'
import { measureLogin } from './login.js'
import { onThisMachine } from '../machine.js'
import { measureRefresh, thisBuild } from './refresh.js'
import { report, type SessionResults } from './report.js'
import { measureRevocation } from './revocation.js'
import { measureStatements } from './statements.js'

const usage = `npm run sessions [-- DIRECTORY [NAME]]   5 to 7 minutes; replaces results/sessions.*

  DIRECTORY   holds the main.js of another build, to compare refreshes with
  NAME        what the results call it`

const builds = readCommandLine(usage, ([directory, name = 'another build', ...more]) => {
  if (more.length > 0) throw new Error(`Too much is said: ${more.join(' ')}`)
  if (directory === undefined) return [thisBuild]
  if (!existsSync(join(directory, 'main.js'))) throw new Error(`There is no main.js in "${directory}".`)
  return [{ name, directory: resolve(directory) }, thisBuild]
})
exitOnSignals()
const results = new URL('../../../results/', import.meta.url)

async function measure(): Promise<SessionResults> {
  const cluster = await startCluster()
  const load = startLoad()
  try {
    return {
      authentication: await measureAuthentication({ rounds: 20 }),
      statements: await measureStatements(cluster, { rounds: 5 }),
      refresh: await measureRefresh(load, { rounds: 6, milliseconds: 2000 }, builds),
      login: await measureLogin(cluster, load, { rounds: 6, milliseconds: 2000 }),
      revocation: await measureRevocation(cluster, load, { revocations: 50 }),
    }
  } finally {
    await load.stop()
    await cluster.stop()
  }
}

const { machine, measured } = await onThisMachine(measure)
await writeFile(new URL('sessions.json', results), `${JSON.stringify({ machine, ...measured }, null, 2)}\n`)
await writeFile(new URL('sessions.md', results), report(machine, measured))
