import { EntitySchema } from 'typeorm'
import type { User } from './user.js'

export type UserRow = User & {
  /** See emailKey. */
  emailKey: string
  /** Read only where it is asked for by name. */
  passwordHash: string
}

export const userTable = new EntitySchema<UserRow>({
  name: 'user',
  tableName: 'users',
  columns: {
    id: { type: 'uuid', primary: true, generated: 'uuid', primaryKeyConstraintName: 'pk_users' },
    email: { type: 'text' },
    emailKey: { type: 'text', name: 'email_key' },
    name: { type: 'text' },
    passwordHash: { type: 'text', name: 'password_hash', select: false },
    createdAt: { type: 'timestamptz', precision: 3, name: 'created_at' },
    updatedAt: { type: 'timestamptz', precision: 3, name: 'updated_at' },
    disabledAt: { type: 'timestamptz', precision: 3, name: 'disabled_at', nullable: true },
  },
  uniques: [{ name: 'uq_users_email_key', columns: ['emailKey'] }],
  indices: [
    { name: 'ix_users_created_at_id', columns: ['createdAt', 'id'] },
    // The operator class of these is beyond TypeORM: the migration alone describes them.
    { name: 'ix_users_name_trigrams', columns: ['name'], synchronize: false },
    { name: 'ix_users_email_key_trigrams', columns: ['emailKey'], synchronize: false },
  ],
  checks: [
    { name: 'ck_users_email_length', expression: 'char_length(email) <= 254' },
    { name: 'ck_users_name_length', expression: 'char_length(name) BETWEEN 1 AND 100' },
  ],
})
