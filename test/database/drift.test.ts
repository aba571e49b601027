import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { DataSource } from 'typeorm'
import { EntitySchema } from 'typeorm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Table } from '../../src/database/data-source.js'
import { openDatabase } from '../../src/database/data-source.js'
import { migrations } from '../../src/database/migrations.js'
import type { TestDatabase } from '../../src/testing/database.js'
import { createTestDatabase } from '../../src/testing/database.js'

const source = join(import.meta.dirname, '../../src')
let database: TestDatabase
let db: DataSource
let tables: Table[]

beforeAll(async () => {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('-table.ts'),
  )
  const modules: object[] = await Promise.all(files.map((file) => import(join(source, file))))
  tables = modules.flatMap((module) => Object.values(module)).filter((value) => value instanceof EntitySchema)
  database = await createTestDatabase()
  db = await openDatabase({ url: database.url, poolSize: 1, tables, migrations })
})
afterAll(async () => {
  await db.destroy()
  await database.drop()
})

test('the migrations make exactly what the table descriptions say', async () => {
  const { upQueries } = await db.driver.createSchemaBuilder().log()
  expect(upQueries.map(({ query }) => query)).toEqual([])
})

test('every table of the database has a description', async () => {
  const rows: { name: string }[] = await db.query(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migrations'`,
  )
  const described = tables.map((table) => table.options.tableName)
  expect(new Set(rows.map((row) => row.name))).toEqual(new Set(described))
})

test('every constraint and index has a name that says what it is and of which table', async () => {
  const rows: { name: string }[] = await db.query(`
    SELECT conname AS name FROM pg_constraint
    JOIN pg_class ON pg_class.oid = conrelid
    WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
      AND conname NOT LIKE
        CASE contype WHEN 'p' THEN 'pk' WHEN 'f' THEN 'fk' WHEN 'u' THEN 'uq' WHEN 'c' THEN 'ck' END || '\\_' || relname || '%'
    UNION ALL
    SELECT indexname FROM pg_indexes
    WHERE schemaname = 'public' AND indexname NOT LIKE 'ix\\_' || tablename || '\\_%'
      AND NOT EXISTS (SELECT FROM pg_constraint WHERE conname = indexname)`)
  expect(rows.map((row) => row.name)).toEqual([])
})
