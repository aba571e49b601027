import { createHash, randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { access, constants, mkdtemp, readdir, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import type { Migration } from '../database/data-source.js'
import { openDatabase } from '../database/data-source.js'
import { isAlive } from '../database/embedded/process.js'
import { removeEmbeddedPostgres, startEmbeddedPostgres } from '../database/embedded.js'
import { DatabaseError } from '../database/error.js'
import { migrate } from '../database/migrate.js'
import { migrations as ownMigrations } from '../database/migrations.js'

export type TestDatabase = {
  /** `postgres://...` of a database of its own, migrated and empty. */
  url: string
  drop: () => Promise<void>
}

export type TestServer = {
  /** `postgres://...` of a database to connect to for administration. */
  url: string
  stop: () => Promise<void>
}

const directoryPrefix = 'fieldgate-test-'
const testDatabasePrefix = 'fieldgate_test_'
/** A whole cluster with some dozens of databases in it. */
const roomyBytes = 2 * 1024 ** 3

/**
 * Makes a migrated database for one test file, as a copy of a template that is migrated once a run.
 *
 * The server is the one of `TEST_DATABASE_URL` when that is set, else an embedded one, started at the first call and
 * stopped with the process. A test runner with several processes had better start one for all: see startTestServer.
 */
export async function createTestDatabase({
  migrations = ownMigrations,
}: {
  migrations?: readonly Migration[]
} = {}): Promise<TestDatabase> {
  const serverUrl = await findServer()
  const template = await ensureTemplate(serverUrl, migrations)
  const name = `${testDatabasePrefix}${randomUUID().replaceAll('-', '')}`
  await administer(serverUrl, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`))
  return {
    url: urlOf(serverUrl, name),
    drop: () => administer(serverUrl, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`)),
  }
}

/**
 * Starts a Postgres for tests: in memory where there is room, never syncing, gone with the process. For the global
 * set-up of a test runner, which hands `url` to its workers as `TEST_DATABASE_URL`.
 */
export async function startTestServer(): Promise<TestServer> {
  const parent = await roomyDirectory()
  await removeLeftovers(parent)
  const dataDir = await mkdtemp(join(parent, `${directoryPrefix}${process.pid}-`))
  const server = await startEmbeddedPostgres({ dataDir, settings: forgetful })
  const stopAtExit = () => {
    if (isAlive(server.pid)) process.kill(server.pid, 'SIGQUIT')
    rmSync(dataDir, { recursive: true, force: true })
  }
  process.once('exit', stopAtExit)
  return {
    url: server.url,
    stop: async () => {
      process.off('exit', stopAtExit)
      await server.stop()
      await rm(dataDir, { recursive: true })
    },
  }
}

/** Nothing here has to outlive a crash. */
const forgetful = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '300',
}

let ownServer: Promise<TestServer> | undefined

async function findServer(): Promise<string> {
  const given = process.env['TEST_DATABASE_URL']
  if (given) return given
  ownServer ??= startTestServer()
  return (await ownServer).url
}

const templates = new Map<string, Promise<string>>()

function ensureTemplate(serverUrl: string, migrations: readonly Migration[]): Promise<string> {
  const name = templateName(migrations)
  const known = templates.get(name) ?? makeTemplate(serverUrl, name, migrations)
  templates.set(name, known)
  return known
}

/** Other migrations make another template: on a server that outlives the run an old one is never used. */
function templateName(migrations: readonly Migration[]): string {
  const hash = createHash('sha256').update(migrations.map(String).join('\n')).digest('hex')
  return `fieldgate_template_${hash.slice(0, 16)}`
}

async function makeTemplate(
  serverUrl: string,
  name: string,
  migrations: readonly Migration[],
): Promise<string> {
  await administer(serverUrl, async (client) => {
    // Of several processes one makes it; the lock ends with the connection.
    await client.query(`SELECT pg_advisory_lock(hashtext('${name}'))`)
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name])
    if (rowCount !== 0) return
    // Under another name until it is whole: an interrupted attempt leaves no half template.
    const unfinished = `${name}_unfinished`
    await client.query(`DROP DATABASE IF EXISTS ${unfinished} WITH (FORCE)`)
    await client.query(`CREATE DATABASE ${unfinished}`)
    await migrateAlone(urlOf(serverUrl, unfinished), migrations)
    await client.query(`ALTER DATABASE ${unfinished} WITH ALLOW_CONNECTIONS false`)
    await client.query(`ALTER DATABASE ${unfinished} RENAME TO ${name}`)
  })
  return name
}

async function migrateAlone(url: string, migrations: readonly Migration[]): Promise<void> {
  const db = await openDatabase({ url, poolSize: 1, tables: [], migrations })
  try {
    await migrate(db)
  } finally {
    await db.destroy()
  }
}

async function administer(serverUrl: string, work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString: serverUrl, application_name: 'fieldgate tests' })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}

function urlOf(serverUrl: string, database: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${database}`
  return url.href
}

/** Memory where there is room for a cluster, else the disk. */
export async function roomyDirectory(): Promise<string> {
  const memory = '/dev/shm'
  const { bavail, bsize } = await statfs(memory).catch(() => ({ bavail: 0, bsize: 0 }))
  return bavail * bsize > roomyBytes ? memory : tmpdir()
}

/** What runs that were killed left behind: its server still runs. */
async function removeLeftovers(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(directoryPrefix)) continue
    const directory = join(parent, name)
    const ownable = await access(directory, constants.W_OK).then(
      () => true,
      () => false,
    )
    const maker = Number.parseInt(name.slice(directoryPrefix.length), 10)
    if (ownable && !isAlive(maker)) await removeEmbeddedPostgres(directory).catch(unlessHeld)
  }
}

/** Another run that starts now may be removing it. */
function unlessHeld(error: unknown): void {
  if (!(error instanceof DatabaseError)) throw error
}
