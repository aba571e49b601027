import { writeFile } from 'node:fs/promises'
import { startCluster } from '../sessions/cluster.js'
import { startLoad } from '../sessions/load.js'
import { onThisMachine } from '../sessions/machine.js'
import { growthOfAuthentication } from './authentication.js'
import { growthOfAuthorization } from './authorization.js'
import { plot } from './plot.js'
import { report } from './report.js'
import type { Series } from './series.js'
import { growthOfServer } from './server.js'
import { growthOfWeight } from './weight.js'

// The greatest database to make; a million rows take some minutes.
const largest = Number(process.argv[2] ?? 1_000_000)
const results = new URL('../../../results/', import.meta.url)

async function measureServer(): Promise<readonly Series[]> {
  const cluster = await startCluster()
  const load = startLoad()
  const effort = { rounds: 5, milliseconds: 1000, largest }
  try {
    return [
      ...(await growthOfServer(cluster, load, 'users', effort)),
      ...(await growthOfServer(cluster, load, 'sessions', effort)),
      ...(await growthOfServer(cluster, load, 'revocations', effort)),
    ]
  } finally {
    await load.stop()
    await cluster.stop()
  }
}

const { machine, measured } = await onThisMachine(async () => [
  ...(await measureServer()),
  ...(await growthOfAuthentication(12)),
  ...(await growthOfAuthorization(12)),
  ...(await growthOfWeight(2)),
])
// Of one dimension together, whoever measured it.
const series = measured.toSorted((a, b) =>
  a.dimension < b.dimension ? -1 : a.dimension > b.dimension ? 1 : 0,
)
await writeFile(new URL('growth.json', results), `${JSON.stringify({ machine, series }, null, 2)}\n`)
await writeFile(new URL('growth.md', results), report(machine, series))
await writeFile(new URL('growth.svg', results), plot(series))
