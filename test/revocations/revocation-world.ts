import { randomBytes, randomUUID } from 'node:crypto'
import { pino } from 'pino'
import type { DataSource, EntityManager } from 'typeorm'
import { openDatabase } from '../../src/database/data-source.js'
import { connectReplica } from '../../src/revocations/replica-connection.js'
import type { Revocable, RevocationKind, RevocationTiming } from '../../src/revocations/revocation.js'
import type { Query } from '../../src/revocations/revocation-log.js'
import {
  createRevocationMonitor,
  type RevocationMonitorOptions,
} from '../../src/revocations/revocation-monitor.js'
import { createRevocationService, queryOn } from '../../src/revocations/revocation-service.js'
import { createTestDatabase } from '../../src/testing/database.js'

/** Patient: on a busy machine a connection takes its time. Tests of what time does have a timing, or a clock, of their own. */
export const timing: RevocationTiming = {
  pollMs: 50,
  leaseMs: 20_000,
  deadlineMs: 10_000,
  retentionSeconds: 3600,
}

/** For `vi.waitFor`, whose own second is short. */
export const patiently = { interval: 1, timeout: 20_000 }

export const silent = pino({ level: 'silent' })

export type RevocationWorld = Awaited<ReturnType<typeof createRevocationWorld>>

/** The log of revocations on a real database, and whatever of users and sessions its triggers watch. */
export async function createRevocationWorld() {
  const database = await createTestDatabase()
  const dataSource = await openDatabase({ url: database.url, poolSize: 10, tables: [], migrations: [] })
  const db = dataSource.manager
  const cleanups: (() => Promise<unknown>)[] = [() => dataSource.destroy()]
  const service = createRevocationService({
    db,
    leaseMs: timing.leaseMs,
    monotonicNow: () => performance.now(),
    log: silent,
  })

  return {
    url: database.url,
    db,
    dataSource,
    service,

    /** Events after a position, in order. */
    async eventsAfter(position: number): Promise<{ kind: RevocationKind; subject: string }[]> {
      return db.query('SELECT kind, subject FROM revocation_events WHERE position > $1 ORDER BY position', [
        position,
      ])
    },

    /** A monitor that is started, with the clock and whatever else a test wants to hold in its hand. */
    async startMonitor(options: Partial<MonitorOptions> = {}) {
      const monitor = createMonitor({ url: database.url, db, ...options })
      await monitor.start()
      cleanups.unshift(() => monitor.stop())
      return monitor
    },

    async end() {
      for (const cleanup of cleanups) await cleanup()
      await database.drop()
    },
  }
}

export type MonitorOptions = {
  url: string
  db: EntityManager
  monotonicNow: () => number
  timing: RevocationTiming
  query: Query
  connect: RevocationMonitorOptions['connect']
}

export function createMonitor({
  url,
  db,
  ...given
}: Pick<MonitorOptions, 'url' | 'db'> & Partial<MonitorOptions>) {
  const options = {
    timing,
    monotonicNow: () => performance.now(),
    query: queryOn(db),
    ...given,
  }
  return createRevocationMonitor({
    connect: (onWake) => connectReplica({ url, deadlineMs: options.timing.deadlineMs, onWake }),
    ...options,
    log: silent,
  })
}

export async function insertUser(db: EntityManager | DataSource): Promise<string> {
  const key = randomUUID()
  const [{ id }] = await db.query(
    `INSERT INTO users (email, email_key, name, password_hash, created_at, updated_at)
     VALUES ($1, $1, 'Ada', 'hash', now(), now()) RETURNING id`,
    [`${key}@example.org`],
  )
  return id
}

export async function insertSession(db: EntityManager | DataSource, userId: string): Promise<string> {
  const [{ id }] = await db.query(
    `INSERT INTO sessions (user_id, client_id, scopes, generation, family_hash, token_hash, authenticated_at,
       created_at, last_used_at, expires_at)
     VALUES ($1, 'the client', '{users:read}', 0, $2, $3, now(), now(), now(), now() + interval '1 day') RETURNING id`,
    [userId, randomBytes(32), randomBytes(32)],
  )
  return id
}

/** Roles come with their scopes, as the start of the server would seed them. */
export async function insertRole(db: EntityManager | DataSource, name: string): Promise<void> {
  await db.query(`INSERT INTO scopes VALUES ('users:read'), ('users:write') ON CONFLICT DO NOTHING`)
  await db.query(`INSERT INTO roles VALUES ($1, '')`, [name])
  await db.query(`INSERT INTO role_scopes VALUES ($1, 'users:read'), ($1, 'users:write')`, [name])
}

export function credential(facts: Partial<Revocable>): Revocable {
  return { userId: null, sessionId: null, clientId: 'the client', keyId: null, asOf: 0, ...facts }
}
