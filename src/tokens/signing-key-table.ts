import { EntitySchema } from 'typeorm'
import type { PublicJwk } from './key-material.js'
import type { SigningKey } from './signing-key.js'

export type SigningKeyRow = SigningKey & {
  /** For people and other programs; we derive it from the private key. null for HS256. */
  publicJwk: PublicJwk | null
  /** null once the key is gone. */
  sealedKey: string | null
}

export const signingKeyTable = new EntitySchema<SigningKeyRow>({
  name: 'signing_key',
  tableName: 'signing_keys',
  columns: {
    keyId: { type: 'text', name: 'key_id', primary: true, primaryKeyConstraintName: 'pk_signing_keys' },
    algorithm: { type: 'text' },
    publicJwk: { type: 'jsonb', name: 'public_jwk', nullable: true },
    sealedKey: { type: 'text', name: 'sealed_key', nullable: true },
    createdAt: { type: 'timestamptz', precision: 3, name: 'created_at' },
    activatesAt: { type: 'timestamptz', precision: 3, name: 'activates_at' },
    retiresAt: { type: 'timestamptz', precision: 3, name: 'retires_at', nullable: true },
    goneAt: { type: 'timestamptz', precision: 3, name: 'gone_at', nullable: true },
    compromisedAt: { type: 'timestamptz', precision: 3, name: 'compromised_at', nullable: true },
  },
  checks: [
    { name: 'ck_signing_keys_algorithm', expression: `algorithm IN ('ES256', 'RS256', 'PS256', 'HS256')` },
    { name: 'ck_signing_keys_public_jwk', expression: `(algorithm = 'HS256') = (public_jwk IS NULL)` },
    {
      name: 'ck_signing_keys_end',
      expression: 'num_nulls(retires_at, gone_at) <> 1 AND retires_at <= gone_at',
    },
    { name: 'ck_signing_keys_sealed_key', expression: 'sealed_key IS NOT NULL OR gone_at IS NOT NULL' },
  ],
})
