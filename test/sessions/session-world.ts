import { createHash, randomBytes } from 'node:crypto'
import type { DataSource, EntityManager } from 'typeorm'
import { openDatabase } from '../../src/database/data-source.js'
import { lastPosition } from '../../src/revocations/revocation-log.js'
import { queryOn } from '../../src/revocations/revocation-service.js'
import { roleScopeTable, roleTable, scopeTable, userRoleTable } from '../../src/roles/role-table.js'
import type { AccessTokenRequest, SessionDependencies } from '../../src/sessions/session-dependencies.js'
import { createSessionService } from '../../src/sessions/session-service.js'
import { sessionTable } from '../../src/sessions/session-table.js'
import type { Session } from '../../src/sessions/session.js'
import { createTestDatabase } from '../../src/testing/database.js'
import { userTable } from '../../src/users/user-table.js'

export const clientId = 'the built-in client'
export const origin = { clientAddress: '192.0.2.7', userAgent: 'curl/8.5.0', requestId: 'request-1' }
export const lifetime = { idleSeconds: 1000, absoluteSeconds: 3000, graceSeconds: 30 }

const tables = [userTable, scopeTable, roleTable, roleScopeTable, userRoleTable, sessionTable]
const implied: Record<string, readonly string[]> = { 'users:write': ['users:read'] }
const scopeNames = ['profile:read', 'users:read', 'users:write']

export const expandScopes: SessionDependencies['expandScopes'] = (names) =>
  new Set(
    names.filter((name) => scopeNames.includes(name)).flatMap((name) => [name, ...(implied[name] ?? [])]),
  )

export type World = Awaited<ReturnType<typeof createWorld>>
export type Replica = Awaited<ReturnType<World['openReplica']>>

/**
 * Sessions on a real database with its log of revocations, and everything else faked: the clock, rights, passwords and
 * signing. What sessions tell the audit log is kept in a table, so that it shows whether it was committed.
 */
export async function createWorld() {
  const database = await createTestDatabase()
  const open: DataSource[] = []
  const connect = async (poolSize: number) => {
    const dataSource = await openDatabase({ url: database.url, poolSize, tables, migrations: [] })
    open.push(dataSource)
    return dataSource
  }
  const { manager: db } = await connect(2)
  await db.query('CREATE TABLE told (place serial, event jsonb)')

  let clock = Date.parse('2026-01-01T00:00:00.000Z')
  const rights = new Map<string, readonly string[]>()
  const passwordChecks: Array<string | null> = []
  const rehashFailures: unknown[] = []
  const signed = new Map<string, AccessTokenRequest>()

  function dependencies(manager: EntityManager): SessionDependencies {
    return {
      db: manager,
      now: () => new Date(clock),
      randomBytes,
      lifetime,
      findUserForLogin: (email) => readUser(manager, 'email_key = $1', email),
      lockUserForLogin: (tx, userId) => readUser(tx, 'id = $1 FOR SHARE', userId),
      async verifyPassword(password, storedHash) {
        passwordChecks.push(storedHash)
        if (storedHash === oldHashOf(password)) return 'match-outdated'
        return storedHash === hashOf(password) ? 'match' : 'mismatch'
      },
      loginLimiter: unlimited,
      async replacePasswordHash(userId, { password, outdatedHash }) {
        await manager.transaction(async (tx) => {
          await tx.query(`SELECT set_config('fieldgate.password_change', 'handled', true)`)
          const change = 'UPDATE users SET password_hash = $2 WHERE id = $1 AND password_hash = $3'
          await tx.query(change, [userId, hashOf(password), outdatedHash])
        })
      },
      onRehashFailure: (error) => void rehashFailures.push(error),
      async rightsOfUser(tx, userId) {
        const asOf = await lastPosition(queryOn(tx))
        const user = await readUser(tx, 'id = $1', userId)
        return user === null || user.disabledAt !== null ? null : { scopes: rights.get(userId) ?? [], asOf }
      },
      expandScopes,
      signAccessToken(request) {
        const token = `access token ${randomBytes(8).toString('hex')}`
        signed.set(token, request)
        return { token, expiresInSeconds: 300 }
      },
      recordAudit: tell,
      revocationsSettled: async () => {},
    }
  }

  return {
    db,
    rights,
    passwordChecks,
    rehashFailures,
    dependencies,
    now: () => new Date(clock),
    advance: (seconds: number) => {
      clock += seconds * 1000
    },

    async openReplica({
      poolSize = 4,
      deps = {},
    }: {
      poolSize?: number
      deps?: Partial<SessionDependencies>
    } = {}) {
      const dataSource = await connect(poolSize)
      const all = { ...dependencies(dataSource.manager), ...deps }
      return { dataSource, deps: all, sessions: createSessionService(all) }
    },

    /** A user with the password "correct horse" and the e-mail address `name@example.org`. */
    async addUser(name: string, { scopes = ['profile:read'], passwordHash = hashOf('correct horse') } = {}) {
      const email = `${name}@example.org`
      const [user] = await db.query<[{ id: string }]>(
        `INSERT INTO users (email, email_key, name, password_hash, created_at, updated_at)
         VALUES ($1, $1, $2, $3, $4, $4) RETURNING id`,
        [email, name, passwordHash, new Date(clock)],
      )
      rights.set(user.id, scopes)
      return { id: user.id, email, password: 'correct horse', scopes: null, clientId, origin }
    },

    disableUser: (id: string) =>
      db.query('UPDATE users SET disabled_at = $2 WHERE id = $1', [id, new Date(clock)]),
    enableUser: (id: string) => db.query('UPDATE users SET disabled_at = NULL WHERE id = $1', [id]),

    readSession: (id: string): Promise<Session> => db.findOneByOrFail(sessionTable, { id }),
    /** What was told to the audit log, and committed. */
    async audit(): Promise<unknown[]> {
      const rows = await db.query<{ event: unknown }[]>('SELECT event FROM told ORDER BY place')
      return rows.map(({ event }) => event)
    },

    /** Whether a resource server with the newest revocations would accept this token. */
    async accepts(accessToken: string): Promise<boolean> {
      const { sessionId, userId, asOf } = claimsOf(accessToken)
      const events = await db.query<unknown[]>(
        `SELECT FROM revocation_events
         WHERE (kind = 'session' AND subject = $1) OR (kind = 'user' AND subject = $2 AND position > $3)`,
        [sessionId, userId, asOf],
      )
      return events.length === 0
    },
    claimsOf,

    async close() {
      await Promise.all(open.map((dataSource) => dataSource.destroy()))
      await database.drop()
    },
  }

  function claimsOf(accessToken: string): AccessTokenRequest {
    const claims = signed.get(accessToken)
    if (claims === undefined) throw new Error(`Nobody signed ${accessToken}`)
    return claims
  }
}

const unlimited: SessionDependencies['loginLimiter'] = {
  begin: ({ address, requestId }) => ({ address, requestId, counters: [] }),
  admission: async () => ({ verdict: 'open', counts: [] }),
  forgetFailures: async () => {},
  async countFailure(tx, { address, requestId }, userId) {
    await tell(tx, { action: 'login.refused', userId, address, requestId })
    return null
  },
}

async function tell(tx: EntityManager, event: object): Promise<void> {
  await tx.query('INSERT INTO told (event) VALUES ($1)', [JSON.stringify(event)])
}

async function readUser(db: EntityManager, condition: string, value: string): Promise<SessionUser | null> {
  const [user] = await db.query<SessionUser[]>(
    `SELECT id, password_hash AS "passwordHash", disabled_at AS "disabledAt" FROM users WHERE ${condition}`,
    [value],
  )
  return user ?? null
}

type SessionUser = { id: string; passwordHash: string; disabledAt: Date | null }

export function hashOf(password: string): string {
  return `new:${createHash('sha256').update(password).digest('hex')}`
}

/** As hashed with parameters that are no longer good enough. */
export function oldHashOf(password: string): string {
  return `old:${createHash('sha256').update(password).digest('hex')}`
}
