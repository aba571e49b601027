import type { Client, QueryResult } from 'pg'
import type { DataSource } from 'typeorm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/database/data-source.js'
import { beginLate } from '../../src/database/late-begin.js'
import type { Send } from '../../src/database/statement.js'
import { createTestDatabase, type TestDatabase } from '../../src/testing/database.js'
import { watchStatements } from '../support/statements.js'
import { startPostgresProxy } from './postgres-proxy.js'

describe('a transaction', () => {
  let database: TestDatabase
  let db: DataSource
  beforeAll(async () => {
    database = await createTestDatabase()
    db = await openDatabase({ url: database.url, poolSize: 3, tables: [], migrations: [] })
    await db.query('CREATE TABLE notes (text text CONSTRAINT pk_notes PRIMARY KEY)')
  })
  afterAll(async () => {
    await db.destroy()
    await database.drop()
  })
  const insert = 'INSERT INTO notes (text) VALUES ($1)'
  const notes = async () =>
    (await db.query<{ text: string }[]>('SELECT text FROM notes')).map(({ text }) => text)

  test('begins with its first statement, and a transaction without any never begins', async () => {
    const sent = watchStatements()
    await db.transaction(async () => {})
    await expect(db.transaction(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(sent.texts()).toEqual([])
    await db.transaction(async (tx) => {
      expect(sent.texts()).toEqual([])
      await tx.query('SELECT 1 WHERE 1 = $1', [1])
    })
    expect(sent.texts()).toEqual(['START TRANSACTION', 'SELECT 1 WHERE 1 = $1', 'COMMIT'])
    sent.stop()
  })

  test('that fails at its first statement or at a later one leaves nothing, and its connection works on', async () => {
    for (const before of [[], ['first'], ['first', 'second']]) {
      const change = db.transaction(async (tx) => {
        for (const text of before) await tx.query(insert, [text])
        await tx.query('SELECT 1 / $1::int', [0])
      })
      await expect(change).rejects.toThrow('division by zero')
      expect(await notes()).toEqual([])
    }
  })

  test('has the isolation that it was asked for', async () => {
    const [{ transaction_isolation: level }] = await db.transaction('SERIALIZABLE', (tx) =>
      tx.query('SHOW transaction_isolation'),
    )
    expect(level).toBe('serializable')
  })

  test('in a transaction can fail alone', async () => {
    await db.transaction(async (tx) => {
      await tx.query(insert, ['outer'])
      await tx.transaction((inner) => inner.query(`${insert}, ($1)`, ['twice'])).catch(() => {})
    })
    expect(await notes()).toEqual(['outer'])
    await db.query('DELETE FROM notes')
  })

  test('does what is sent together in order, and nothing of it when one of them fails', async () => {
    const order = await db.transaction((tx) =>
      Promise.all(['a', 'b', 'c'].map((text) => tx.query(`${insert} RETURNING xmin, text`, [text]))),
    )
    expect(order.map(([{ text }]) => text)).toEqual(['a', 'b', 'c'])
    expect(new Set(order.map(([{ xmin }]) => xmin)).size).toBe(1)
    for (const texts of [
      ['a', 'd', 'e'],
      ['d', 'a', 'e'],
    ]) {
      const change = db.transaction((tx) => Promise.all(texts.map((text) => tx.query(insert, [text]))))
      // The one that failed says why, and not those that failed with it.
      await expect(change).rejects.toMatchObject({ driverError: { constraint: 'pk_notes' } })
    }
    expect(await notes()).toEqual(['a', 'b', 'c'])
  })

  test('is one packet for what is sent together, with its beginning, and one for its end', async () => {
    const proxy = await startPostgresProxy(database.url)
    const far = await openDatabase({ url: proxy.url, poolSize: 1, tables: [], migrations: [] })
    const together = () =>
      far.transaction((tx) => Promise.all([1, 2, 3].map((n) => tx.query('SELECT 1 / $1::int', [n]))))
    const oneByOne = () =>
      far.transaction(async (tx) => {
        for (const n of [1, 2, 3]) await tx.query('SELECT 1 / $1::int', [n])
      })
    expect([await proxy.packetsOf(together), await proxy.packetsOf(oneByOne)]).toEqual([2, 4])
    await far.destroy()
    proxy.stop()
  })

  test('holds what is sent past TypeORM as well', async () => {
    const runner = db.createQueryRunner()
    const client: Client = await runner.connect()
    await runner.startTransaction()
    await client.query({ text: insert, values: ['past'] })
    await runner.rollbackTransaction()
    await runner.startTransaction()
    await new Promise((resolve) => client.query(insert, ['with a callback'], resolve))
    await runner.rollbackTransaction()
    await runner.release()
    expect(await notes()).not.toEqual(expect.arrayContaining(['past']))
    expect(await notes()).not.toEqual(expect.arrayContaining(['with a callback']))
  })

  test('whose connection breaks fails as a whole: each statement is told, and the pool works on', async () => {
    const outcomes: PromiseSettledResult<unknown>[] = []
    const change = db.transaction(async (tx) => {
      const [{ pid }] = await tx.query('SELECT pg_backend_pid() AS pid')
      const waiting = ['SELECT pg_sleep(30)', 'SELECT 2', 'SELECT 3'].map((text) => tx.query(text))
      const settled = Promise.allSettled(waiting)
      await db.query('SELECT pg_terminate_backend($1)', [pid])
      outcomes.push(...(await settled))
    })
    await expect(change).rejects.toThrow('already released')
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(await db.query('SELECT 1 AS one')).toEqual([{ one: 1 }])
  })
})

describe('beginning', () => {
  const answer: QueryResult = { command: 'SELECT', rowCount: 0, oid: 0, fields: [], rows: [] }

  test('that fails fails all of the transaction, and ends the connection: what was sent with it was done on its own', async () => {
    let abandoned = 0
    const send: Send = ({ text }) =>
      text === 'START TRANSACTION' ? Promise.reject(new Error('cancelled')) : Promise.resolve(answer)
    const late = beginLate(send, () => (abandoned += 1))
    await late.send({ text: 'START TRANSACTION' })
    const texts = ['SELECT 1', 'SELECT 2', 'COMMIT']
    const told = await Promise.allSettled(texts.map((text) => late.send({ text })))
    expect(told.map((each) => each.status === 'rejected' && each.reason.message)).toEqual(
      texts.map(() => 'cancelled'),
    )
    expect(abandoned).toBe(1)
    await expect(late.send({ text: 'SELECT 3' })).resolves.toBe(answer)
  })
})
