import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../src/testing/database.js'
import { testAdministrator } from '../../src/testing/test-app.js'
import { keyIdOf, publishedKeys, refresh, signIn, standingOf, type Tokens } from './client.js'
import {
  newMasterKey,
  type Replica,
  type ReplicaEnvironment,
  runCommand,
  startReplica,
  stopReplica,
} from './replica.js'

const [oldKey, newKey] = [newMasterKey(), newMasterKey()]

let database: TestDatabase
let under: Record<'old' | 'both' | 'new', ReplicaEnvironment>
let north: Replica
let south: Replica

beforeAll(async () => {
  database = await createTestDatabase()
  const env = { DATABASE_URL: database.url }
  under = {
    old: { ...env, MASTER_KEY: oldKey },
    both: { ...env, MASTER_KEY: newKey, MASTER_KEY_PREVIOUS: oldKey },
    new: { ...env, MASTER_KEY: newKey },
  }
  const replicas = await Promise.all([startReplica(under.old), startReplica(under.old)])
  ;[north, south] = replicas
})
afterAll(async () => {
  await Promise.all([stopReplica(north), stopReplica(south)])
  await database.drop()
})

async function auditedSubjects(action: string): Promise<string[]> {
  const client = new Client({ connectionString: database.url })
  await client.connect()
  const { rows } = await client.query('SELECT subject_id FROM audit_events WHERE action = $1', [action])
  await client.end()
  return rows.map(({ subject_id: subject }) => subject)
}

const standings = (tokens: Tokens) => Promise.all([standingOf(north, tokens), standingOf(south, tokens)])

test('a compromised key is refused by all replicas when the command returns, and none signs with it any more', async () => {
  const sessions = [await signIn(north, testAdministrator), await signIn(south, testAdministrator)]
  const [keyId = ''] = await publishedKeys(north)
  expect(sessions.map(({ accessToken }) => keyIdOf(accessToken))).toEqual([keyId, keyId])

  expect(await runCommand(['keys', 'compromise', keyId], under.old)).toMatchObject({ code: 0 })
  expect(await auditedSubjects('key.compromised')).toEqual([keyId])
  for (const tokens of sessions) expect(await standings(tokens)).toEqual(['refused', 'refused'])
  for (const replica of [north, south]) {
    await expect.poll(() => publishedKeys(replica), { interval: 5 }).not.toContain(keyId)
    for (const tokens of sessions) {
      const refreshed = await refresh(replica, tokens)
      expect(keyIdOf(refreshed.accessToken)).not.toBe(keyId)
      expect(await standings(refreshed)).toEqual(['accepted', 'accepted'])
    }
  }
}, 120_000)

test('the master key is replaced while replicas serve: no session ends, no token is refused', async () => {
  const first = await signIn(south, testAdministrator)
  await stopReplica(north)
  north = await startReplica(under.both)
  expect(await standings(first)).toEqual(['accepted', 'accepted'])
  const second = await refresh(north, first)
  expect(await standings(second)).toEqual(['accepted', 'accepted'])

  await stopReplica(south)
  const resealed = await runCommand(['keys', 'reseal'], under.both)
  expect(resealed.lines).toContain('Sealed anew: 1')
  south = await startReplica(under.new)
  expect(await standings(second)).toEqual(['accepted', 'accepted'])
  expect(await standings(await refresh(south, second))).toEqual(['accepted', 'accepted'])
  expect(await runCommand(['audit', 'verify'], under.new)).toMatchObject({ code: 0 })

  await expect(startReplica(under.old)).rejects.toThrow('MASTER_KEY_PREVIOUS')
}, 120_000)
