import type { EntitySchema, MigrationInterface, ObjectLiteral } from 'typeorm'
import { DataSource } from 'typeorm'
import { DatabaseError } from './error.js'
import { poolOf } from './pool.js'
import { pooledClient } from './pooled-client.js'

export type Table = EntitySchema<ObjectLiteral>
export type Migration = new () => MigrationInterface

export type DatabaseOptions = {
  /** `postgres://user:password@host:port/database` */
  url: string
  poolSize: number
  tables: readonly Table[]
  migrations: readonly Migration[]
  /** Shown in `pg_stat_activity`. */
  applicationName?: string
  /** Off for a pooler in transaction mode that cannot keep them. */
  preparedStatements?: 'on' | 'off'
  /** How long to wait for a connection, new or from a full pool. */
  connectTimeoutMs?: number
  /** How long one statement may run. `migrate` lifts it for itself. */
  statementTimeoutMs?: number
  /** Told when an idle connection breaks; the pool replaces it by itself. */
  onConnectionLost?: (error: Error) => void
}

/**
 * Connects to Postgres, and answers when one connection stands. The caller ends it with `destroy()`.
 *
 * Statements are never logged: their parameters hold password hashes and tokens' hashes.
 *
 * @throws DatabaseError when the server cannot be reached or refuses the credentials
 */
export async function openDatabase(options: DatabaseOptions): Promise<DataSource> {
  // Without a handler, an idle connection that breaks (57P01 when the server stops) would end the process.
  const onConnectionLost = options.onConnectionLost ?? (() => {})
  const db = new DataSource({
    type: 'postgres',
    url: options.url,
    entities: [...options.tables],
    migrations: [...options.migrations],
    poolSize: options.poolSize,
    applicationName: options.applicationName ?? 'fieldgate',
    connectTimeoutMS: options.connectTimeoutMs ?? 5000,
    poolErrorHandler: onConnectionLost,
    logging: false,
    synchronize: false,
    // gen_random_uuid() is built in since Postgres 13; TypeORM uses it only under this name.
    uuidExtension: 'pgcrypto',
    installExtensions: false,
    extra: {
      Client: pooledClient({ preparedStatements: options.preparedStatements ?? 'on', onConnectionLost }),
      statement_timeout: options.statementTimeoutMs ?? 15_000,
      // A transaction that its process forgot must not hold its locks for ever.
      idle_in_transaction_session_timeout: 60_000,
      keepAlive: true,
      pipeline: true,
    },
  })
  try {
    return await db.initialize()
  } catch (cause) {
    // A connection whose first statements failed is still open, and would keep the process from ending.
    if (poolOf(db) !== null) await db.driver.disconnect()
    throw new DatabaseError(`Cannot open the database at ${placeOf(options.url)}: ${reasonOf(cause)}`, {
      cause,
    })
  }
}

/** The address without its credentials, fit for messages. */
function placeOf(url: string): string {
  const { host, pathname } = new URL(url)
  return `${host}${pathname}`
}

function reasonOf(error: unknown): string {
  // Node joins the failures of `localhost`'s several addresses in one error without a message of its own.
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}
