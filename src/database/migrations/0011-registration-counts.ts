import type { MigrationInterface, QueryRunner } from 'typeorm'

export class RegistrationCounts1763801000000 implements MigrationInterface {
  async up(query: QueryRunner): Promise<void> {
    await query.query(`
      CREATE TABLE registration_counts (
        key bytea NOT NULL,
        registrations integer NOT NULL,
        expires_at timestamptz(3) NOT NULL,
        CONSTRAINT pk_registration_counts PRIMARY KEY (key),
        CONSTRAINT ck_registration_counts_key CHECK (length(key) = 32),
        CONSTRAINT ck_registration_counts_registrations CHECK (registrations > 0)
      )`)
    await query.query(`CREATE INDEX ix_registration_counts_expires_at ON registration_counts (expires_at)`)
  }

  async down(query: QueryRunner): Promise<void> {
    await query.query(`DROP TABLE registration_counts`)
  }
}
