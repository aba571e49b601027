import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Client } from 'pg'
import { expect, test, vi } from 'vitest'
import { migrations } from '../../src/database/migrations.js'
import { createTestDatabase, roomyDirectory } from '../../src/testing/database.js'

// Each of these tests starts several servers.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 })

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

test('each database is migrated, and its own', async () => {
  const [one, two] = await Promise.all([createTestDatabase(), createTestDatabase()])
  await query(one.url, 'CREATE TABLE mine (id integer)')
  expect(await query(two.url, `SELECT to_regclass('mine') AS mine`)).toEqual([{ mine: null }])
  expect(await query(two.url, 'SELECT count(*)::int AS count FROM migrations')).toEqual([
    { count: migrations.length },
  ])
  await Promise.all([one.drop(), two.drop()])
  await expect(query(one.url, 'SELECT 1')).rejects.toThrow('does not exist')
})

/** A process without TEST_DATABASE_URL. */
async function startProcess() {
  const { TEST_DATABASE_URL: _, ...env } = process.env
  const script = join(import.meta.dirname, 'database-process.ts')
  const child = spawn(process.execPath, ['--import', 'tsx', script], {
    env,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  const url = String(line).replace('ready ', '')
  return { child, url, closed: once(child, 'close') }
}

async function directoriesOf(pid: number | undefined): Promise<string[]> {
  return readdirSync(await roomyDirectory()).filter((name) => name.startsWith(`fieldgate-test-${pid}-`))
}

test('without a server one is started for the process; it is gone when the process has ended', async () => {
  const { child, url, closed } = await startProcess()
  expect(await query(url, 'SELECT count(*)::int AS count FROM users')).toEqual([{ count: 0 }])
  expect(await directoriesOf(child.pid)).toHaveLength(1)
  child.stdin.end()
  expect(await closed).toEqual([0, null])
  expect(await directoriesOf(child.pid)).toEqual([])
  // It was told to stop at once, and may take a moment for that.
  await expect.poll(() => query(url, 'SELECT 1').catch(String)).toContain('ECONNREFUSED')
})

test('it is gone too when the process ended by an error', async () => {
  const { child, closed } = await startProcess()
  child.stdin.end('throw')
  expect(await closed).toEqual([1, null])
  expect(await directoriesOf(child.pid)).toEqual([])
})

test('what a killed run left behind, the next one cleans up', async () => {
  const killed = await startProcess()
  killed.child.kill('SIGKILL')
  await killed.closed
  expect(await query(killed.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])

  const next = await startProcess()
  expect(await directoriesOf(killed.child.pid)).toEqual([])
  await expect(query(killed.url, 'SELECT 1')).rejects.toThrow('ECONNREFUSED')
  next.child.stdin.end()
  await next.closed
})
