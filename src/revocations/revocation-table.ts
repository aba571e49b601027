import { EntitySchema } from 'typeorm'
import type { RevocationEvent } from './revocation.js'

/** Written by triggers alone (see the migration), read by SQL of revocation-log: here for the drift test. */
export const revocationEventTable = new EntitySchema<RevocationEvent>({
  name: 'revocation_event',
  tableName: 'revocation_events',
  columns: {
    position: { type: 'bigint', primary: true, primaryKeyConstraintName: 'pk_revocation_events' },
    kind: { type: 'text' },
    subject: { type: 'text' },
  },
  checks: [
    {
      name: 'ck_revocation_events_kind',
      expression: `kind IN ('session', 'user', 'client', 'key', 'everyone')`,
    },
  ],
})

/** A process that accepts credentials, or did when it was last seen: for as long as it keeps renewing its lease. */
export type Replica = {
  id: string
  /** It refuses whatever the log says up to here. */
  appliedPosition: string
  /** One more with every renewal of its lease. */
  beat: string
}

export const replicaTable = new EntitySchema<Replica>({
  name: 'replica',
  tableName: 'replicas',
  columns: {
    id: { type: 'uuid', primary: true, generated: 'uuid', primaryKeyConstraintName: 'pk_replicas' },
    appliedPosition: { type: 'bigint', name: 'applied_position' },
    beat: { type: 'bigint' },
  },
})
