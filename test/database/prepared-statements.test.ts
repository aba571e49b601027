import type { DataSource } from 'typeorm'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openDatabase } from '../../src/database/data-source.js'
import { createTestDatabase, type TestDatabase } from '../../src/testing/database.js'

let database: TestDatabase
let db: DataSource
const open = (preparedStatements: 'on' | 'off') =>
  openDatabase({ url: database.url, poolSize: 1, tables: [], migrations: [], preparedStatements })

beforeEach(async () => {
  database = await createTestDatabase()
  db = await open('on')
  await db.query('CREATE TABLE numbers (n int); INSERT INTO numbers VALUES (1), (2), (3)')
})
afterEach(async () => {
  await db.destroy()
  await database.drop()
})

const upTo = 'SELECT n FROM numbers WHERE n <= $1 ORDER BY n'
const prepared = async (from = db): Promise<string[]> => {
  const rows = await from.query<{ statement: string }[]>(
    'SELECT statement FROM pg_prepared_statements ORDER BY prepare_time',
  )
  return rows.map(({ statement }) => statement)
}

async function ask(text: string, times: number, from = db): Promise<unknown> {
  let answer: unknown
  for (let time = 0; time < times; time += 1) answer = await from.query(text, [2])
  return answer
}

test('what one connection is asked for the sixth time is prepared, and answers the same', async () => {
  const first = await ask(upTo, 5)
  expect(await prepared()).toEqual([])
  expect(await ask(upTo, 3)).toEqual(first)
  expect(await prepared()).toEqual([upTo])
})

test('where that is switched off nothing is', async () => {
  const plain = await open('off')
  await ask(upTo, 20, plain)
  expect(await prepared(plain)).toEqual([])
  await plain.destroy()
})

test('several statements in one text, which cannot be prepared, work however often they come', async () => {
  for (let time = 0; time < 10; time += 1) await db.query('SELECT 1; SELECT 2')
  expect(await prepared()).toEqual([])
})

test('a hundred are prepared on a connection and no more; the others work on', async () => {
  const texts = Array.from({ length: 105 }, (_, index) => `SELECT ${index} + $1::int AS sum`)
  for (const text of texts) await ask(text, 6)
  expect(await prepared()).toEqual(texts.slice(0, 100))
  expect(await ask('SELECT 104 + $1::int AS sum', 1)).toEqual([{ sum: 106 }])
})

test('one that is wrong is told as wrong each time', async () => {
  for (let time = 0; time < 8; time += 1)
    await expect(db.query('SELECT nothing FROM numbers WHERE n = $1', [1])).rejects.toMatchObject({
      code: '42703',
    })
})

test('a migration that changes what a prepared statement reads is not noticed by who asks', async () => {
  await ask(upTo, 7)
  await db.query('ALTER TABLE numbers ALTER n TYPE bigint')
  expect(await ask(upTo, 1)).toEqual([{ n: '1' }, { n: '2' }])
  expect(await ask(upTo, 7)).toEqual([{ n: '1' }, { n: '2' }])
})

test('neither is that somebody deallocated it', async () => {
  await ask(upTo, 7)
  await db.query('DEALLOCATE ALL')
  expect(await ask(upTo, 1)).toEqual([{ n: 1 }, { n: 2 }])
  expect(await ask(upTo, 7)).toEqual([{ n: 1 }, { n: 2 }])
})

test('nor that another one has its name, as behind a pooler', async () => {
  const other = await open('on')
  await ask(upTo, 7, other)
  const [{ name }] = await other.query('SELECT name FROM pg_prepared_statements')
  await other.destroy()
  await db.query(`PREPARE ${name} AS SELECT 'something else'`)
  expect(await ask(upTo, 7)).toEqual([{ n: 1 }, { n: 2 }])
})

test('within a transaction the transaction fails, once', async () => {
  await ask(upTo, 7)
  await db.query('DEALLOCATE ALL')
  const read = () => db.transaction((tx) => tx.query(upTo, [2]))
  await expect(read()).rejects.toMatchObject({ code: '26000' })
  expect(await read()).toEqual([{ n: 1 }, { n: 2 }])
})
