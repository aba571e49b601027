import { EntitySchema } from 'typeorm'
import type { ApiKey } from './api-key.js'

export const apiKeyTable = new EntitySchema<ApiKey>({
  name: 'api_key',
  tableName: 'api_keys',
  columns: {
    id: { type: 'uuid', primary: true, generated: 'uuid', primaryKeyConstraintName: 'pk_api_keys' },
    userId: {
      type: 'uuid',
      name: 'user_id',
      foreignKey: { target: 'user', name: 'fk_api_keys_user', onDelete: 'CASCADE' },
    },
    name: { type: 'text' },
    secretHash: { type: 'bytea', name: 'secret_hash' },
    scopes: { type: 'text', array: true },
    createdAt: { type: 'timestamptz', precision: 3, name: 'created_at' },
    expiresAt: { type: 'timestamptz', precision: 3, name: 'expires_at', nullable: true },
    lastUsedAt: { type: 'timestamptz', precision: 3, name: 'last_used_at', nullable: true },
    revokedAt: { type: 'timestamptz', precision: 3, name: 'revoked_at', nullable: true },
  },
  indices: [{ name: 'ix_api_keys_user_id', columns: ['userId'] }],
  checks: [
    { name: 'ck_api_keys_name_length', expression: 'char_length(name) BETWEEN 1 AND 100' },
    { name: 'ck_api_keys_secret_hash', expression: 'length(secret_hash) = 32' },
  ],
})
