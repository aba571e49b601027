import { randomBytes } from 'node:crypto'
import type { DataSource, EntityManager } from 'typeorm'
import type { NewAuditEvent } from '../../src/audit/audit-event.js'
import { createAuditService } from '../../src/audit/audit-service.js'
import { auditChainTable, auditEventTable } from '../../src/audit/audit-table.js'
import { openChainKey } from '../../src/audit/chain-head.js'
import { sealEvents } from '../../src/audit/seal-events.js'
import { openDatabase } from '../../src/database/data-source.js'
import { createTestDatabase } from '../../src/testing/database.js'
import { createMasterKey, type MasterKey } from '../../src/tokens/master-key.js'

export const alice = '00000000-0000-4000-8000-00000000a11c'
export const bob = '00000000-0000-4000-8000-000000000b0b'

export function disabled(subjectId: string, actorId: string | null = alice): NewAuditEvent {
  const origin = { actorId, credentialId: null, address: '192.0.2.7', requestId: 'request-1' }
  return { ...origin, action: 'user.disabled', subjectId, result: 'success', details: {} }
}

export function newMasterKey(): MasterKey {
  return createMasterKey({ current: randomBytes(32).toString('base64'), randomBytes })
}

export type World = Awaited<ReturnType<typeof createWorld>>

/** The audit log on a real database, with a clock that moves by a second when it is told to. */
export async function createWorld({ poolSize = 5 } = {}) {
  const database = await createTestDatabase()
  const tables = [auditEventTable, auditChainTable]
  const open: DataSource[] = []
  const connect = async () => {
    const dataSource = await openDatabase({ url: database.url, poolSize, tables, migrations: [] })
    open.push(dataSource)
    return dataSource.manager
  }
  const db = await connect()
  const masterKey = newMasterKey()
  const key = await openChainKey({ db, masterKey, randomBytes })

  let clock = Date.parse('2026-01-01T00:00:00.000Z')
  const audit = createAuditService({ db, now: () => new Date(clock) })

  return {
    db,
    key,
    masterKey,
    audit,
    /** Another replica: a pool of its own. */
    connect,
    tick: () => (clock += 1000),
    seal: (manager: EntityManager = db) => sealEvents(manager, key),
    record: (event: NewAuditEvent) => db.transaction((tx) => audit.record(tx, event)),
    /** As the owner of the database, whom no trigger stops. */
    tamper: (sql: string, parameters: unknown[] = []) =>
      db.transaction(async (tx) => {
        await tx.query('ALTER TABLE audit_events DISABLE TRIGGER USER')
        await tx.query('ALTER TABLE audit_chain DISABLE TRIGGER USER')
        await tx.query(sql, parameters)
        await tx.query('ALTER TABLE audit_events ENABLE TRIGGER USER')
        await tx.query('ALTER TABLE audit_chain ENABLE TRIGGER USER')
      }),
    async close() {
      await Promise.all(open.map((dataSource) => dataSource.destroy()))
      await database.drop()
    },
  }
}
