import { EntitySchema } from 'typeorm'
import type { Client } from './client.js'

export const clientTable = new EntitySchema<Client>({
  name: 'client',
  tableName: 'clients',
  columns: {
    id: { type: 'uuid', primary: true, generated: 'uuid', primaryKeyConstraintName: 'pk_clients' },
    name: { type: 'text' },
    kind: { type: 'text' },
    redirectUris: { type: 'text', name: 'redirect_uris', array: true },
    scopes: { type: 'text', array: true },
    secretHash: { type: 'bytea', name: 'secret_hash', nullable: true },
    previousSecretHash: { type: 'bytea', name: 'previous_secret_hash', nullable: true },
    previousSecretUntil: {
      type: 'timestamptz',
      precision: 3,
      name: 'previous_secret_until',
      nullable: true,
    },
    createdAt: { type: 'timestamptz', precision: 3, name: 'created_at' },
    disabledAt: { type: 'timestamptz', precision: 3, name: 'disabled_at', nullable: true },
  },
  checks: [
    { name: 'ck_clients_kind', expression: `kind IN ('public', 'confidential')` },
    { name: 'ck_clients_name_length', expression: 'char_length(name) BETWEEN 1 AND 100' },
    { name: 'ck_clients_secret', expression: `(kind = 'confidential') = (secret_hash IS NOT NULL)` },
    {
      name: 'ck_clients_previous_secret',
      expression: 'num_nulls(previous_secret_hash, previous_secret_until) <> 1',
    },
  ],
})
