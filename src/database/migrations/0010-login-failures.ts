import type { MigrationInterface, QueryRunner } from 'typeorm'

export class LoginFailures1763800900000 implements MigrationInterface {
  async up(query: QueryRunner): Promise<void> {
    await query.query(`
      CREATE TABLE login_failures (
        key bytea NOT NULL,
        failures integer NOT NULL,
        expires_at timestamptz(3) NOT NULL,
        CONSTRAINT pk_login_failures PRIMARY KEY (key),
        CONSTRAINT ck_login_failures_key CHECK (length(key) = 32),
        CONSTRAINT ck_login_failures_failures CHECK (failures > 0)
      )`)
    await query.query(`CREATE INDEX ix_login_failures_expires_at ON login_failures (expires_at)`)
  }

  async down(query: QueryRunner): Promise<void> {
    await query.query(`DROP TABLE login_failures`)
  }
}
