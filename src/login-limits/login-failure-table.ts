import { EntitySchema } from 'typeorm'
import type { LoginFailures } from './login-failure.js'

export const loginFailureTable = new EntitySchema<LoginFailures>({
  name: 'loginFailure',
  tableName: 'login_failures',
  columns: {
    key: { type: 'bytea', primary: true, primaryKeyConstraintName: 'pk_login_failures' },
    failures: { type: 'integer' },
    expiresAt: { type: 'timestamptz', precision: 3, name: 'expires_at' },
  },
  indices: [{ name: 'ix_login_failures_expires_at', columns: ['expiresAt'] }],
  checks: [
    { name: 'ck_login_failures_key', expression: 'length(key) = 32' },
    { name: 'ck_login_failures_failures', expression: 'failures > 0' },
  ],
})
