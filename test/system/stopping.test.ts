import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../src/testing/database.js'
import { startReplica } from './replica.js'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

test('a second signal does not wait, whichever it is', async () => {
  const { process: child, url } = await startReplica({ DATABASE_URL: database.url, DRAIN_SECONDS: '60' })
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await expect.poll(async () => (await fetch(`${url}/readyz`)).status).toBe(503)
  child.kill('SIGINT')
  expect(await ended).toEqual([1, null])
}, 60_000)

test('Ctrl-C, which npm hands on once more, is one signal', async () => {
  const { process: child } = await startReplica({ DATABASE_URL: database.url })
  const ended = once(child, 'exit')
  child.kill('SIGINT')
  child.kill('SIGINT')
  expect(await ended).toEqual([0, null])
}, 60_000)
