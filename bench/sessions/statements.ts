import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { nodeOption } from '../http/server-process.js'
import { type Spread, spreadOf } from '../measure.js'
import type { Cluster } from './cluster.js'

/** Microseconds for one statement: of CPU, all threads, and of garbage collections, by the clock. */
export type StatementCost = { readonly microseconds: number; readonly collecting: number }

export type StatementsMeasured = {
  readonly way: string
  readonly rows: number
} & { readonly [Name in keyof StatementCost]: Spread }

const ways = { pg: "a pool of pg's own", fieldgate: "Fieldgate's, by TypeORM" } as const
type Way = keyof typeof ways

/** In a process of its own, with the flag that `npm start` has: what is kept from a collection weighs on all that follows. */
async function costOf(way: Way, { url }: Cluster, rows: number): Promise<StatementCost> {
  const file = fileURLToPath(new URL('statement-process.js', import.meta.url))
  const child = fork(file, [way, url, String(rows)], { execArgv: [nodeOption] })
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('It has ended by itself.')))
  const [cost] = await Promise.race([once(child, 'message'), ended])
  ended.catch(() => {}) // later, it ends because it is done
  return cost as StatementCost
}

/** What a statement costs who asks it, by the connections that Fieldgate gives its domains and by those of `pg`. */
export async function measureStatements(
  cluster: Cluster,
  { rounds }: { readonly rounds: number },
): Promise<readonly StatementsMeasured[]> {
  const subjects = [1, 100].flatMap((rows) =>
    (['pg', 'fieldgate'] as const).map((way) => ({ way, rows, costs: [] as StatementCost[] })),
  )
  for (let round = 0; round < rounds; round++) {
    for (const { way, rows, costs } of subjects) costs.push(await costOf(way, cluster, rows))
  }
  return subjects.map(({ way, rows, costs }) => ({
    way: ways[way],
    rows,
    microseconds: spreadOf(costs.map(({ microseconds }) => microseconds)),
    collecting: spreadOf(costs.map(({ collecting }) => collecting)),
  }))
}
