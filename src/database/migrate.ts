import type { DataSource, EntityManager, MigrationInterface } from 'typeorm'
import { DatabaseError } from './error.js'

export type MigrateOptions = {
  /** Receives a line for each step that can take long. */
  report?: (line: string) => void
}

/** Shared by every process that migrates: the bytes of "fieldgat". */
const lockKey = '0x6669656c64676174'

/**
 * Brings the schema up to this build and returns the names of the migrations that it applied.
 *
 * Each migration runs in a transaction of its own, under an advisory lock of that transaction: of several replicas
 * that start at once, one applies it and the others find it done. (A lock of the session would not survive a pooler in
 * transaction mode.)
 *
 * @throws DatabaseError for a database that is newer than this build, half migrated or not Fieldgate's
 */
export async function migrate(db: DataSource, { report = () => {} }: MigrateOptions = {}): Promise<string[]> {
  const applied: string[] = []
  for (;;) {
    const name = await db.transaction((tx) => applyNext(tx, db.migrations, report))
    if (name === null) break
    applied.push(name)
  }
  await refuseMissingColumns(db)
  return applied
}

/**
 * For what works on a database without being its server: changes nothing.
 * @throws DatabaseError unless the schema is that of this build
 */
export async function requireMigrated(db: DataSource): Promise<void> {
  const [{ found }] = await db.query(`SELECT to_regclass('migrations') IS NOT NULL AS found`)
  const recorded = found ? await namesOf(db.manager) : []
  refuseNewer(recorded, db.migrations)
  const pending = db.migrations.map(nameOf).filter((name) => !recorded.includes(name))
  if (pending.length > 0) {
    throw new DatabaseError(
      `The database is older than this build: it lacks ${pending.join(', ')}. Start the server once, which migrates it.`,
    )
  }
  await refuseMissingColumns(db)
}

async function applyNext(
  tx: EntityManager,
  known: readonly MigrationInterface[],
  report: (line: string) => void,
): Promise<string | null> {
  await tx.query('SET LOCAL statement_timeout = 0')
  await lock(tx, report)
  const recorded = await readRecorded(tx)
  refuseNewer(recorded, known)
  const next = known.find((migration) => !recorded.includes(nameOf(migration)))
  if (next === undefined) return null
  report(`Migrating the database: ${nameOf(next)} ...`)
  await apply(tx, next)
  return nameOf(next)
}

async function lock(tx: EntityManager, report: (line: string) => void): Promise<void> {
  const [{ locked }] = await tx.query(`SELECT pg_try_advisory_xact_lock(${lockKey}) AS locked`)
  if (locked) return
  report('Waiting for another process that migrates the database ...')
  await tx.query(`SELECT pg_advisory_xact_lock(${lockKey})`)
}

/** The names of the migrations that this database has had. Makes the record where there is none. */
async function readRecorded(tx: EntityManager): Promise<string[]> {
  // The shape of TypeORM's own record, so that its command line can read it.
  await tx.query(`
    CREATE TABLE IF NOT EXISTS migrations (
      id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_migrations PRIMARY KEY,
      "timestamp" bigint NOT NULL,
      name text NOT NULL CONSTRAINT uq_migrations_name UNIQUE
    )`)
  const names = await namesOf(tx)
  if (names.length === 0) await refuseStrangers(tx)
  return names
}

async function namesOf(db: EntityManager): Promise<string[]> {
  const rows: { name: string }[] = await db.query('SELECT name FROM migrations ORDER BY id')
  return rows.map((row) => row.name)
}

async function apply(tx: EntityManager, migration: MigrationInterface): Promise<void> {
  const name = nameOf(migration)
  const queryRunner = tx.queryRunner
  if (queryRunner === undefined) throw new Error('A migration needs a transaction.')
  try {
    await migration.up(queryRunner)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new DatabaseError(
      `The migration ${name} failed and was rolled back: ${reason}. ` +
        'If what it makes is there already, the database was half migrated or changed by hand: restore a backup.',
      { cause },
    )
  }
  await tx.query('INSERT INTO migrations ("timestamp", name) VALUES ($1, $2)', [name.slice(-13), name])
}

function refuseNewer(recorded: readonly string[], known: readonly MigrationInterface[]): void {
  const names = known.map(nameOf)
  const unknown = recorded.filter((name) => !names.includes(name))
  if (unknown.length === 0) return
  throw new DatabaseError(
    `The database is newer than this build, or another application's: it records migrations unknown here (${unknown.join(', ')}). ` +
      'Start the build that made them or a later one, restore a backup from before, or give Fieldgate a database of its own.',
  )
}

/** Tables of extensions do not count: some providers install PostGIS and the like in every database. */
async function refuseStrangers(tx: EntityManager): Promise<void> {
  const rows: { name: string }[] = await tx.query(`
    SELECT relname AS name FROM pg_class
    WHERE relkind IN ('r', 'p') AND relname <> 'migrations' AND relnamespace = current_schema()::regnamespace
      AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e')
    ORDER BY relname`)
  if (rows.length === 0) return
  throw new DatabaseError(
    `The database holds tables but no record of migrations: ${rows.map((row) => row.name).join(', ')}. ` +
      'It is either not made by Fieldgate, or a partial restore: give Fieldgate an empty database, or restore a whole backup.',
  )
}

async function refuseMissingColumns(db: DataSource): Promise<void> {
  const wanted = db.entityMetadatas.flatMap((table) =>
    table.columns.map((column) => ({ table: table.tablePath, column: column.databaseName })),
  )
  const rows: { name: string }[] = await db.query(
    `SELECT wanted."table" || '.' || wanted."column" AS name
     FROM jsonb_to_recordset($1::jsonb) AS wanted("table" text, "column" text)
     WHERE NOT EXISTS (
       SELECT FROM pg_attribute
       WHERE attrelid = to_regclass(quote_ident(wanted."table")) AND attname = wanted."column" AND NOT attisdropped)
     ORDER BY name`,
    [JSON.stringify(wanted)],
  )
  if (rows.length === 0) return
  throw new DatabaseError(
    `The database is half migrated: it records every migration of this build, but lacks ${rows.map((row) => row.name).join(', ')}. ` +
      'It was changed by hand or restored in part: restore a whole backup.',
  )
}

function nameOf(migration: MigrationInterface): string {
  return migration.name ?? migration.constructor.name
}
