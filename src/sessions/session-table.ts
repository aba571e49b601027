import { EntitySchema } from 'typeorm'
import type { Session } from './session.js'

export const sessionTable = new EntitySchema<Session>({
  name: 'session',
  tableName: 'sessions',
  columns: {
    id: { type: 'uuid', primary: true, generated: 'uuid', primaryKeyConstraintName: 'pk_sessions' },
    userId: {
      type: 'uuid',
      name: 'user_id',
      foreignKey: { target: 'user', name: 'fk_sessions_user', onDelete: 'CASCADE' },
    },
    clientId: { type: 'text', name: 'client_id' },
    scopeCeiling: { type: 'text', name: 'scope_ceiling', array: true, nullable: true },
    scopes: { type: 'text', array: true },
    device: { type: 'text', nullable: true },
    address: { type: 'text', nullable: true },
    generation: { type: 'integer' },
    familyHash: { type: 'bytea', name: 'family_hash' },
    tokenHash: { type: 'bytea', name: 'token_hash' },
    previousTokenHash: { type: 'bytea', name: 'previous_token_hash', nullable: true },
    sealedReply: { type: 'bytea', name: 'sealed_reply', nullable: true },
    rotatedAt: { type: 'timestamptz', precision: 3, name: 'rotated_at', nullable: true },
    authenticatedAt: { type: 'timestamptz', precision: 3, name: 'authenticated_at' },
    createdAt: { type: 'timestamptz', precision: 3, name: 'created_at' },
    lastUsedAt: { type: 'timestamptz', precision: 3, name: 'last_used_at' },
    expiresAt: { type: 'timestamptz', precision: 3, name: 'expires_at' },
    endedAt: { type: 'timestamptz', precision: 3, name: 'ended_at', nullable: true },
    endReason: { type: 'text', name: 'end_reason', nullable: true },
  },
  uniques: [{ name: 'uq_sessions_family_hash', columns: ['familyHash'] }],
  indices: [
    { name: 'ix_sessions_user_id', columns: ['userId'] },
    { name: 'ix_sessions_expires_at', columns: ['expiresAt'] },
  ],
  checks: [
    { name: 'ck_sessions_hashes', expression: 'length(family_hash) = 32 AND length(token_hash) = 32' },
    {
      name: 'ck_sessions_rotated',
      expression:
        'num_nulls(previous_token_hash, sealed_reply, rotated_at) = CASE generation WHEN 0 THEN 3 ELSE 0 END',
    },
    { name: 'ck_sessions_ended', expression: 'num_nulls(ended_at, end_reason) <> 1' },
  ],
})
