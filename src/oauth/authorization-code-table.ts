import { EntitySchema } from 'typeorm'
import type { AuthorizationCode } from './authorization-code.js'

export const authorizationCodeTable = new EntitySchema<AuthorizationCode>({
  name: 'authorization_code',
  tableName: 'authorization_codes',
  columns: {
    codeHash: {
      type: 'bytea',
      name: 'code_hash',
      primary: true,
      primaryKeyConstraintName: 'pk_authorization_codes',
    },
    clientId: {
      type: 'uuid',
      name: 'client_id',
      foreignKey: { target: 'client', name: 'fk_authorization_codes_client', onDelete: 'CASCADE' },
    },
    userId: {
      type: 'uuid',
      name: 'user_id',
      foreignKey: { target: 'user', name: 'fk_authorization_codes_user', onDelete: 'CASCADE' },
    },
    redirectUri: { type: 'text', name: 'redirect_uri' },
    scopes: { type: 'text', array: true },
    codeChallenge: { type: 'text', name: 'code_challenge' },
    authenticatedAt: { type: 'timestamptz', precision: 3, name: 'authenticated_at' },
    expiresAt: { type: 'timestamptz', precision: 3, name: 'expires_at' },
    sessionId: { type: 'uuid', name: 'session_id', nullable: true },
  },
  indices: [
    { name: 'ix_authorization_codes_client_id', columns: ['clientId'] },
    { name: 'ix_authorization_codes_user_id', columns: ['userId'] },
    { name: 'ix_authorization_codes_expires_at', columns: ['expiresAt'] },
  ],
  checks: [{ name: 'ck_authorization_codes_code_hash', expression: 'length(code_hash) = 32' }],
})
