import { EntitySchema } from 'typeorm'

/** How often strangers of one network have tried to register in the window that is open. */
export type RegistrationCount = {
  /** SHA-256 of the network: whoever reads the table sees no addresses. */
  key: Buffer
  registrations: number
  /** The end of the window, which begins with its first registration. */
  expiresAt: Date
}

export const registrationCountTable = new EntitySchema<RegistrationCount>({
  name: 'registrationCount',
  tableName: 'registration_counts',
  columns: {
    key: { type: 'bytea', primary: true, primaryKeyConstraintName: 'pk_registration_counts' },
    registrations: { type: 'integer' },
    expiresAt: { type: 'timestamptz', precision: 3, name: 'expires_at' },
  },
  indices: [{ name: 'ix_registration_counts_expires_at', columns: ['expiresAt'] }],
  checks: [
    { name: 'ck_registration_counts_key', expression: 'length(key) = 32' },
    { name: 'ck_registration_counts_registrations', expression: 'registrations > 0' },
  ],
})
