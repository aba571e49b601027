import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, afterEach, beforeEach } from 'vitest'
import { removeEmbeddedPostgres } from '../../src/database/embedded.js'
import { roomyDirectory } from '../../src/testing/database.js'
import type { RunningProcess } from './embedded-clone.js'
import { makeDirectory, removeDirectories, runProcess } from './embedded-clone.js'

/** A new data directory for each test of the file, and processes that end with it. */
export function useEmbeddedProcesses() {
  const fixture = {
    dataDir: '',
    start(...parameters: Parameters<typeof runProcess>): RunningProcess {
      const started = runProcess(...parameters)
      running.push(started)
      return started
    },
  }
  let running: RunningProcess[] = []

  beforeEach(async () => {
    fixture.dataDir = join(makeDirectory(await roomyDirectory()), 'data')
    running = []
  })
  afterEach(async () => {
    for (const process of running) await process.stop()
    await removeEmbeddedPostgres(fixture.dataDir)
  })
  afterAll(removeDirectories)
  return fixture
}

export async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url })
  // A test may take the server away.
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}
