import type { EntityManager } from 'typeorm'
import { type Connection, connectionOf, type PageArguments, pageRequest } from '../connections/connection.js'
import { selectPage } from '../connections/keyset.js'
import type { AuditEvent, NewAuditEvent } from './audit-event.js'
import { auditEventTable } from './audit-table.js'

export type AuditServiceDependencies = { db: EntityManager; now: () => Date }

/** Which events to list: those that match all that is not null. */
export type AuditFilter = { actor: string | null; action: string | null; subject: string | null }

export type AuditPage = Connection<AuditEvent>

export type AuditService = ReturnType<typeof createAuditService>

/** The audit log: who did what, on whom, from where, and how it ended. `docs/audit.md` says what is promised. */
export function createAuditService({ db, now }: AuditServiceDependencies) {
  return {
    /** Writes the event in the transaction of what it tells of: both happen, or neither. */
    async record(tx: EntityManager, event: NewAuditEvent): Promise<void> {
      await tx.insert(auditEventTable, { ...event, createdAt: now() })
    },

    /** Newest first. @throws AppError BAD_USER_INPUT for impossible page arguments */
    async listEvents(page: PageArguments, filter: AuditFilter): Promise<AuditPage> {
      const request = pageRequest(page)
      const rows = await selectPage(matching(db, filter), request).getMany()
      return connectionOf(rows, request)
    },
  }
}

function matching(db: EntityManager, { actor, action, subject }: AuditFilter) {
  const query = db.createQueryBuilder(auditEventTable, 'event')
  if (actor !== null) query.andWhere('event.actorId = :actor', { actor })
  if (action !== null) query.andWhere('event.action = :action', { action })
  if (subject !== null) query.andWhere('event.subjectId = :subject', { subject })
  return query
}
