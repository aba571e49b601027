import { EventEmitter, once } from 'node:events'
import { Client } from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openDatabase } from '../../src/database/data-source.js'
import { DatabaseError } from '../../src/database/error.js'
import type { TestDatabase } from '../../src/testing/database.js'
import { createTestDatabase } from '../../src/testing/database.js'
import { terminateSql } from '../support/terminate.js'
import { startPostgresProxy } from './postgres-proxy.js'

let database: TestDatabase
const empty = { tables: [], migrations: [] }

beforeEach(async () => {
  database = await createTestDatabase()
})
afterEach(() => database.drop())

test('the pool outlives a connection that the server ends, and tells of it', async () => {
  const losses = new EventEmitter<{ loss: [Error] }>()
  const onConnectionLost = (error: Error) => losses.emit('loss', error)
  const db = await openDatabase({ url: database.url, poolSize: 2, ...empty, onConnectionLost })
  const loss = once(losses, 'loss')
  const other = new Client({ connectionString: database.url })
  await other.connect()
  await other.query(terminateSql('fieldgate'))
  await other.end()
  expect((await loss)[0]).toHaveProperty('code', '57P01')
  expect(await db.query('SELECT 1 AS one')).toEqual([{ one: 1 }])
  await db.destroy()
})

test('a connection that the server greets and ends in one breath fails its user, and not the process', async () => {
  const proxy = await startPostgresProxy(database.url)
  const losses: Error[] = []
  const onConnectionLost = (error: Error) => void losses.push(error)
  const db = await openDatabase({ url: proxy.url, poolSize: 2, ...empty, onConnectionLost })
  proxy.sayFarewell()
  // The first has a connection from before; the second needs a new one.
  const [first, second] = await Promise.allSettled([db.query('SELECT pg_sleep(0.1)'), db.query('SELECT 2')])
  expect(first.status).toBe('fulfilled')
  expect(second).toMatchObject({
    status: 'rejected',
    reason: { message: expect.stringContaining('connection') },
  })
  expect(losses).toMatchObject([{ code: '57P01' }])
  await db.destroy()
  proxy.stop()
})

test('no more connections are opened than the pool may hold; each shows whose it is', async () => {
  const db = await openDatabase({ url: database.url, poolSize: 2, ...empty, applicationName: 'harbour' })
  await Promise.all(Array.from({ length: 10 }, () => db.query('SELECT 1')))
  const mine = `SELECT count(*)::int AS count FROM pg_stat_activity
    WHERE application_name = 'harbour' AND datname = current_database()`
  expect(await db.query(mine)).toEqual([{ count: 2 }])
  await db.destroy()
})

test('where the first statements fail, no connection is left open', async () => {
  const db = await openDatabase({ url: database.url, poolSize: 1, ...empty })
  await db.query(`CREATE SCHEMA hostile`)
  await db.query(
    `CREATE FUNCTION hostile.version() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'no version'; END $$`,
  )
  const url = `${database.url}?options=${encodeURIComponent('-c search_path=hostile,pg_catalog')}`
  const doomed = openDatabase({ url, poolSize: 1, ...empty, applicationName: 'doomed' })
  await expect(doomed).rejects.toThrow('no version')
  const left = `SELECT FROM pg_stat_activity WHERE application_name = 'doomed'`
  await expect.poll(() => db.query(left)).toEqual([])
  await db.destroy()
})

test('a statement that runs too long is ended', async () => {
  const db = await openDatabase({ url: database.url, poolSize: 1, ...empty, statementTimeoutMs: 1000 })
  await expect(db.query('SELECT pg_sleep(30)')).rejects.toThrow(
    'canceling statement due to statement timeout',
  )
  await db.destroy()
})

test('a wrong password is reported with the place and without the password', async () => {
  const url = new URL(database.url)
  url.password = 'hunter2-hunter2'
  const failure = await openDatabase({ url: url.href, poolSize: 1, ...empty }).catch((error) => error)
  expect(failure).toBeInstanceOf(DatabaseError)
  expect(failure.message).toBe(
    `Cannot open the database at ${url.host}${url.pathname}: password authentication failed for user "${url.username}"`,
  )
})

test('a server that is not there is reported with its place', async () => {
  const url = 'postgres://somebody:hunter2@localhost:1/nowhere'
  await expect(openDatabase({ url, poolSize: 1, ...empty })).rejects.toThrow(
    /^Cannot open the database at localhost:1\/nowhere: .*ECONNREFUSED/,
  )
})
