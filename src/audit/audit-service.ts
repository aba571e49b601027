import { Brackets, type EntityManager } from 'typeorm'
import { type Connection, connectionOf, type PageArguments, pageRequest } from '../connections/connection.js'
import { selectPage } from '../connections/keyset.js'
import type { AuditEvent, NewAuditEvent } from './audit-event.js'
import type { VisibleEvents } from './audit-policies.js'
import { auditEventTable } from './audit-table.js'

export type AuditServiceDependencies = {
  db: EntityManager
  now: () => Date
  /** Told of what was written, in a transaction that may still fail. */
  onRecord?: (event: NewAuditEvent) => void
}

/** Which events to list: those that match all that is not null. */
export type AuditFilter = { actor: string | null; action: string | null; subject: string | null }

export type AuditPage = Connection<AuditEvent> & {
  /** On all pages together. A statement of its own, so only for who asks. */
  count: () => Promise<number>
}

export type AuditService = ReturnType<typeof createAuditService>

/** The audit log: who did what, on whom, from where, and how it ended. `docs/audit.md` says what is promised. */
export function createAuditService({ db, now, onRecord = () => {} }: AuditServiceDependencies) {
  return {
    /** Writes the event in the transaction of what it tells of: both happen, or neither. */
    async record(tx: EntityManager, event: NewAuditEvent): Promise<void> {
      const { action, actorId, credentialId, subjectId, result, address, requestId } = event
      const details = credentialId === null ? event.details : { ...event.details, credentialId }
      // Written out, not built: every change and every sign-in writes one.
      await tx.query(
        `INSERT INTO audit_events (created_at, action, actor_id, subject_id, result, address, request_id, details)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
        [now(), action, actorId, subjectId, result, address, requestId, JSON.stringify(details)],
      )
      onRecord(event)
    },

    /**
     * From where a user has shown a password, among the last thousand events of that user: to a client, or to consent to
     * any. The sessions of clients that ask from a server of their own would give the address of that server.
     */
    async signInAddresses(tx: EntityManager, userId: string, clientId: string): Promise<string[]> {
      const rows = await tx.query<{ address: string }[]>(
        `SELECT DISTINCT address FROM (
           SELECT address, action, details FROM audit_events WHERE actor_id = $1
           ORDER BY created_at DESC, id DESC LIMIT 1000
         ) AS latest
         WHERE (action = 'consent.given' OR action = 'session.started' AND details ->> 'clientId' = $2)
           AND address IS NOT NULL`,
        [userId, clientId],
      )
      return rows.map(({ address }) => address)
    },

    /** Newest first. @throws AppError BAD_USER_INPUT for impossible page arguments */
    async listEvents(page: PageArguments, filter: AuditFilter, visible: VisibleEvents): Promise<AuditPage> {
      const request = pageRequest(page)
      const rows = await selectPage(matching(db, filter, visible), request).getMany()
      return { ...connectionOf(rows, request), count: () => matching(db, filter, visible).getCount() }
    },
  }
}

function matching(db: EntityManager, { actor, action, subject }: AuditFilter, visible: VisibleEvents) {
  const query = db.createQueryBuilder(auditEventTable, 'event')
  if (actor !== null) query.andWhere('event.actorId = :actor', { actor })
  if (action !== null) query.andWhere('event.action = :action', { action })
  if (subject !== null) query.andWhere('event.subjectId = :subject', { subject })
  if (visible.rows === 'none') query.andWhere('FALSE')
  if (visible.rows === 'where') query.andWhere(meetingOneOf(visible.anyOf))
  return query
}

type Conditions = Extract<VisibleEvents, { rows: 'where' }>['anyOf']

/** Of no list at all none is met; a list without conditions is always met. */
function meetingOneOf(anyOf: Conditions): Brackets {
  return new Brackets((either) => {
    either.where('FALSE')
    for (const conditions of anyOf) {
      either.orWhere(
        new Brackets((all) => {
          all.where('TRUE')
          for (const condition of conditions) all.andWhere(condition)
        }),
      )
    }
  })
}
