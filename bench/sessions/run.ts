import { writeFile } from 'node:fs/promises'
import { measureAuthentication } from './authentication.js'
import { startCluster } from './cluster.js'
import { startLoad } from './load.js'
import { measureLogin } from './login.js'
import { onThisMachine } from '../machine.js'
import { measureRefresh, thisBuild } from './refresh.js'
import { report, type SessionResults } from './report.js'
import { measureRevocation } from './revocation.js'

// Another build to compare refreshes with: the directory that holds its `main.js`, and what to call it.
const [directory, name = 'another build'] = process.argv.slice(2)
const builds = directory === undefined ? [thisBuild] : [{ name, directory }, thisBuild]
const results = new URL('../../../results/', import.meta.url)

async function measure(): Promise<SessionResults> {
  const cluster = await startCluster()
  const load = startLoad()
  try {
    return {
      authentication: await measureAuthentication({ rounds: 20 }),
      refresh: await measureRefresh(cluster, load, { rounds: 6, milliseconds: 2000 }, builds),
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
