import { PerformanceObserver } from 'node:perf_hooks'
import { Pool } from 'pg'
import { openDatabase } from '../../src/database/data-source.js'
import { cpuSince } from '../measure.js'
import type { StatementCost } from './statements.js'

const [way = '', url = '', rows = ''] = process.argv.slice(2)
const connections = 10
const askers = 20
const warmUpCount = 2000
const count = 10_000

const text = `SELECT gen_random_uuid() AS id, 'Person ' || n AS name, 'City ' || n AS city, 'person' || n || '@example.com' AS email,
  '+49 30 ' || n AS phone, n AS salary FROM generate_series(1, $1::integer) AS n`

async function openWay(): Promise<(text: string, values: unknown[]) => Promise<unknown>> {
  if (way === 'pg') {
    const pool = new Pool({ connectionString: url, max: connections })
    return (...statement) => pool.query(...statement)
  }
  const { manager } = await openDatabase({ url, poolSize: connections, tables: [], migrations: [] })
  return (...statement) => manager.query(...statement)
}

const query = await openWay()

async function ask(times: number): Promise<void> {
  let left = times
  const asker = async () => {
    while (left-- > 0) await query(text, [Number(rows)])
  }
  await Promise.all(Array.from({ length: askers }, asker))
}

await ask(warmUpCount)
let collecting = 0
const collections = new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) collecting += duration * 1000
})
collections.observe({ entryTypes: ['gc'] })
const before = process.cpuUsage()
await ask(count)
const cost: StatementCost = { microseconds: cpuSince(before) / count, collecting: collecting / count }
process.send?.(cost)
process.exit()
