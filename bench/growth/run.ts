import { readFile, writeFile } from 'node:fs/promises'
import { exitOnSignals, readCommandLine } from '../command-line.js'
import { startCluster } from '../sessions/cluster.js'
import { startLoad } from '../sessions/load.js'
import { onThisMachine } from '../machine.js'
import { growthOfAuthentication } from './authentication.js'
import { growthOfAuthorization } from './authorization.js'
import { plot } from './plot.js'
import { type Parts, report } from './report.js'
import type { Series } from './series.js'
import { growthOfServer, type Kind } from './server.js'
import { growthOfWeight } from './weight.js'

exitOnSignals()
const results = new URL('../../../results/', import.meta.url)

async function growthByHttp(kind: Kind): Promise<readonly Series[]> {
  const cluster = await startCluster()
  const load = startLoad()
  try {
    return await growthOfServer(cluster, load, kind, { rounds: 8, milliseconds: 1000 })
  } finally {
    await load.stop()
    await cluster.stop()
  }
}

const parts = {
  process: async () => [
    ...(await growthOfAuthentication(12)),
    ...(await growthOfAuthorization(12)),
    ...(await growthOfWeight(2)),
  ],
  users: () => growthByHttp('users'),
  sessions: () => growthByHttp('sessions'),
  revocations: () => growthByHttp('revocations'),
} as const

const isPart = (name: string): name is keyof typeof parts => Object.hasOwn(parts, name)

const usage = `npm run growth [-- PARTS]   5 minutes; replaces results/growth.*

  PARTS   some of them alone: ${Object.keys(parts).join(', ')}. What is known of the others stays`

const names = readCommandLine(usage, (asked) => {
  const unknown = asked.filter((name) => !isPart(name))
  if (unknown.length > 0) throw new Error(`There is no part ${unknown.join(', ')}.`)
  return asked.length === 0 ? Object.keys(parts).filter(isPart) : asked.filter(isPart)
})
const file = new URL('growth.json', results)
const known = JSON.parse(await readFile(file, 'utf8').catch(() => '{}')) as Parts
const measured: Record<string, Parts[string]> = { ...known }
for (const name of names) {
  const { machine, measured: series } = await onThisMachine(parts[name])
  measured[name] = { machine, series }
}
await writeFile(file, `${JSON.stringify(measured, null, 2)}\n`)
await writeFile(new URL('growth.md', results), report(measured))
await writeFile(new URL('growth.svg', results), plot(Object.values(measured).flatMap(({ series }) => series)))
