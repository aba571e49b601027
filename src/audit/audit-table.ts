import { EntitySchema } from 'typeorm'
import type { AuditEvent } from './audit-event.js'

export type AuditEventRow = AuditEvent & {
  /** The place in the chain, from 1, as text; null until the event is sealed. */
  position: string | null
  /** Over the event, its position and the hash before it. */
  hash: Buffer | null
}

export const auditEventTable = new EntitySchema<AuditEventRow>({
  name: 'audit_event',
  tableName: 'audit_events',
  columns: {
    id: { type: 'uuid', primary: true, generated: 'uuid', primaryKeyConstraintName: 'pk_audit_events' },
    createdAt: { type: 'timestamptz', precision: 3, name: 'created_at' },
    action: { type: 'text' },
    // No foreign keys: the log outlives what it speaks of.
    actorId: { type: 'text', name: 'actor_id', nullable: true },
    subjectId: { type: 'text', name: 'subject_id', nullable: true },
    result: { type: 'text' },
    address: { type: 'text', nullable: true },
    requestId: { type: 'text', name: 'request_id', nullable: true },
    details: { type: 'jsonb' },
    position: { type: 'bigint', nullable: true, select: false },
    hash: { type: 'bytea', nullable: true, select: false },
  },
  uniques: [{ name: 'uq_audit_events_position', columns: ['position'] }],
  indices: [
    { name: 'ix_audit_events_created_at_id', columns: ['createdAt', 'id'] },
    { name: 'ix_audit_events_action', columns: ['action', 'createdAt', 'id'] },
    { name: 'ix_audit_events_actor_id', columns: ['actorId', 'createdAt', 'id'] },
    { name: 'ix_audit_events_subject_id', columns: ['subjectId', 'createdAt', 'id'] },
    { name: 'ix_audit_events_unsealed', columns: ['createdAt', 'id'], where: 'position IS NULL' },
  ],
  checks: [
    { name: 'ck_audit_events_action', expression: `action ~ '^[a-z-]+[.][a-z-]+$'` },
    { name: 'ck_audit_events_result', expression: `result IN ('success', 'refused')` },
    { name: 'ck_audit_events_details', expression: `jsonb_typeof(details) = 'object'` },
    { name: 'ck_audit_events_sealed', expression: 'num_nulls(position, hash) <> 1 AND position > 0' },
  ],
})

export type AuditChainRow = {
  /** Always 1: there is one chain. */
  id: number
  /** The key of the chain, sealed under the master key. */
  sealedKey: string
  /** The place and the hash of the last sealed event; 0 and zeros before the first. */
  position: string
  hash: Buffer
  /** Proves that position and hash were written by who holds the key. */
  mac: Buffer
}

export const auditChainTable = new EntitySchema<AuditChainRow>({
  name: 'audit_chain',
  tableName: 'audit_chain',
  columns: {
    id: { type: 'smallint', primary: true, primaryKeyConstraintName: 'pk_audit_chain' },
    sealedKey: { type: 'text', name: 'sealed_key' },
    position: { type: 'bigint' },
    hash: { type: 'bytea' },
    mac: { type: 'bytea' },
  },
  checks: [{ name: 'ck_audit_chain_id', expression: 'id = 1' }],
})
