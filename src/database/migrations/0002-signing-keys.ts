import type { MigrationInterface, QueryRunner } from 'typeorm'

/** The keys that sign access tokens. */
export class SigningKeys1763800100000 implements MigrationInterface {
  async up(query: QueryRunner): Promise<void> {
    await query.query(`
      CREATE TABLE signing_keys (
        key_id text NOT NULL,
        algorithm text NOT NULL,
        public_jwk jsonb,
        sealed_key text,
        created_at timestamptz(3) NOT NULL,
        activates_at timestamptz(3) NOT NULL,
        retires_at timestamptz(3),
        gone_at timestamptz(3),
        compromised_at timestamptz(3),
        CONSTRAINT pk_signing_keys PRIMARY KEY (key_id),
        CONSTRAINT ck_signing_keys_algorithm CHECK (algorithm IN ('ES256', 'RS256', 'PS256', 'HS256')),
        CONSTRAINT ck_signing_keys_public_jwk CHECK ((algorithm = 'HS256') = (public_jwk IS NULL)),
        CONSTRAINT ck_signing_keys_end CHECK (
          num_nulls(retires_at, gone_at) <> 1 AND retires_at <= gone_at
        ),
        CONSTRAINT ck_signing_keys_sealed_key CHECK (sealed_key IS NOT NULL OR gone_at IS NOT NULL)
      )`)
  }

  async down(query: QueryRunner): Promise<void> {
    await query.query(`DROP TABLE signing_keys`)
  }
}
