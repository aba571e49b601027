import { EventEmitter, once } from 'node:events'
import { Client } from 'pg'
import type { DataSource, MigrationInterface, QueryRunner } from 'typeorm'
import { EntitySchema } from 'typeorm'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Migration, Table } from '../../src/database/data-source.js'
import { openDatabase } from '../../src/database/data-source.js'
import { migrate, requireMigrated } from '../../src/database/migrate.js'
import type { TestDatabase } from '../../src/testing/database.js'
import { createTestDatabase } from '../../src/testing/database.js'

let database: TestDatabase
let opened: DataSource[]

beforeEach(async () => {
  database = await createTestDatabase({ migrations: [] })
  opened = []
})
afterEach(async () => {
  for (const db of opened) await db.destroy()
  await database.drop()
})

async function open(
  migrations: Migration[],
  options: { tables?: Table[]; statementTimeoutMs?: number } = {},
) {
  const db = await openDatabase({ url: database.url, poolSize: 2, tables: [], migrations, ...options })
  opened.push(db)
  return db
}

/** A migration that runs these statements. */
function migration(name: string, ...statements: string[]): Migration {
  return class implements MigrationInterface {
    readonly name = name
    async up(query: QueryRunner): Promise<void> {
      for (const statement of statements) await query.query(statement)
    }
    async down(): Promise<void> {}
  }
}

const boats = migration('Boats1000000000001', 'CREATE TABLE boats (name text)')
const sails = migration('Sails1000000000002', 'ALTER TABLE boats ADD COLUMN sails integer')

test('all pending migrations are applied in order, each with a line, and recorded', async () => {
  const lines: string[] = []
  const db = await open([boats, sails])
  const applied = await migrate(db, { report: (line) => lines.push(line) })
  expect(applied).toEqual(['Boats1000000000001', 'Sails1000000000002'])
  expect(lines).toEqual([
    'Migrating the database: Boats1000000000001 ...',
    'Migrating the database: Sails1000000000002 ...',
  ])
  expect(await db.query('SELECT "timestamp", name FROM migrations ORDER BY id')).toEqual([
    { timestamp: '1000000000001', name: 'Boats1000000000001' },
    { timestamp: '1000000000002', name: 'Sails1000000000002' },
  ])
})

test('a second run finds nothing to do, and a later build only its own', async () => {
  await migrate(await open([boats]))
  expect(await migrate(await open([boats]))).toEqual([])
  expect(await migrate(await open([boats, sails]))).toEqual(['Sails1000000000002'])
})

test('of two replicas that start at once each migration runs in one; the other waits and says so', async () => {
  const holder = new Client({ connectionString: database.url })
  await holder.connect()
  // The lock of migrate: the bytes of "fieldgat".
  await holder.query('BEGIN; SELECT pg_advisory_xact_lock(0x6669656c64676174)')

  const replicas = await Promise.all([open([boats, sails]), open([boats, sails])])
  const waits = replicas.map(() => new EventEmitter<{ line: [string] }>())
  const waiting = Promise.all(waits.map((wait) => once(wait, 'line')))
  const runs = replicas.map((db, index) =>
    migrate(db, { report: (line) => waits[index]?.emit('line', line) }),
  )
  expect((await waiting).flat()).toEqual(
    Array(2).fill('Waiting for another process that migrates the database ...'),
  )
  await holder.query('COMMIT')
  await holder.end()

  const applied = (await Promise.all(runs)).flat()
  expect(new Set(applied)).toEqual(new Set(['Boats1000000000001', 'Sails1000000000002']))
  expect(applied).toHaveLength(2)
})

test('a database that is newer than the build is refused, untouched', async () => {
  await migrate(await open([boats, sails]))
  await expect(migrate(await open([boats]))).rejects.toThrow(
    "newer than this build, or another application's: it records migrations unknown here (Sails1000000000002)",
  )
})

test('a migration that fails is rolled back whole, and keeps those before it', async () => {
  const broken = migration('Broken1000000000002', 'CREATE TABLE half (name text)', 'SELECT 1 / 0')
  const db = await open([boats, broken])
  await expect(migrate(db)).rejects.toThrow(
    'The migration Broken1000000000002 failed and was rolled back: division by zero.',
  )
  expect(await db.query(`SELECT to_regclass('boats') AS boats, to_regclass('half') AS half`)).toEqual([
    { boats: 'boats', half: null },
  ])
  expect(await migrate(await open([boats, sails]))).toEqual(['Sails1000000000002'])
})

test('a migration whose connection breaks leaves no lock and no trace', async () => {
  const cut = migration(
    'Cut1000000000001',
    'CREATE TABLE boats (name text)',
    'SELECT pg_terminate_backend(pg_backend_pid())',
  )
  await expect(migrate(await open([cut]))).rejects.toThrow('Cut1000000000001 failed')
  expect(await migrate(await open([boats]))).toEqual(['Boats1000000000001'])
})

test('the limit for statements does not hold for migrations', async () => {
  const long = migration('Long1000000000001', 'SELECT pg_sleep(1.2)')
  expect(await migrate(await open([long], { statementTimeoutMs: 1000 }))).toEqual(['Long1000000000001'])
})

test('tables without a record of migrations are refused by name, untouched', async () => {
  const db = await open([boats])
  await db.query('CREATE TABLE invoices (id integer)')
  await expect(migrate(db)).rejects.toThrow('holds tables but no record of migrations: invoices.')
  expect(await db.query(`SELECT to_regclass('boats') AS boats`)).toEqual([{ boats: null }])
})

test('tables that an extension brought do not count', async () => {
  const db = await open([boats])
  await db.query('CREATE EXTENSION citext')
  await db.query('CREATE TABLE spatial_systems (id integer)')
  await db.query('ALTER EXTENSION citext ADD TABLE spatial_systems')
  expect(await migrate(db)).toEqual(['Boats1000000000001'])
})

test('a database that lacks what its record says it has is refused, naming what', async () => {
  const boatTable = new EntitySchema<{ name: string; sails: number }>({
    name: 'boat',
    tableName: 'boats',
    columns: { name: { type: 'text', primary: true }, sails: { type: 'integer' } },
  })
  const db = await open([boats, sails], { tables: [boatTable] })
  await migrate(db)
  await db.query('ALTER TABLE boats DROP COLUMN sails')
  await expect(migrate(db)).rejects.toThrow(
    'half migrated: it records every migration of this build, but lacks boats.sails.',
  )
  await db.query('DROP TABLE boats')
  await expect(migrate(db)).rejects.toThrow('but lacks boats.name, boats.sails.')
})

test('a schema that has to be there is only looked at: what is older, newer or half is refused, and stays so', async () => {
  const tablesOf = async (db: DataSource) =>
    (await db.query(`SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace`))
      .length
  const empty = await open([boats])
  await empty.query('DROP TABLE migrations')
  await expect(requireMigrated(empty)).rejects.toThrow(/lacks Boats1000000000001\. Start the server once/)
  expect(await tablesOf(empty)).toBe(0)

  await migrate(empty)
  await expect(requireMigrated(empty)).resolves.toBeUndefined()
  const newer = await open([boats, sails])
  await expect(requireMigrated(newer)).rejects.toThrow(/lacks Sails1000000000002/)
  await migrate(newer)
  await expect(requireMigrated(empty)).rejects.toThrow(/newer than this build/)
})
