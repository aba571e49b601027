import type { MigrationInterface, QueryRunner } from 'typeorm'

export class OAuth1763800700000 implements MigrationInterface {
  async up(query: QueryRunner): Promise<void> {
    await query.query(`
      CREATE TABLE authorization_codes (
        code_hash bytea NOT NULL,
        client_id uuid NOT NULL,
        user_id uuid NOT NULL,
        redirect_uri text NOT NULL,
        scopes text[] NOT NULL,
        code_challenge text NOT NULL,
        authenticated_at timestamptz(3) NOT NULL,
        expires_at timestamptz(3) NOT NULL,
        session_id uuid,
        CONSTRAINT pk_authorization_codes PRIMARY KEY (code_hash),
        CONSTRAINT fk_authorization_codes_client FOREIGN KEY (client_id) REFERENCES clients (id) ON DELETE CASCADE,
        CONSTRAINT fk_authorization_codes_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
        CONSTRAINT ck_authorization_codes_code_hash CHECK (length(code_hash) = 32)
      )`)
    await query.query(`CREATE INDEX ix_authorization_codes_client_id ON authorization_codes (client_id)`)
    await query.query(`CREATE INDEX ix_authorization_codes_user_id ON authorization_codes (user_id)`)
    await query.query(`CREATE INDEX ix_authorization_codes_expires_at ON authorization_codes (expires_at)`)
  }

  async down(query: QueryRunner): Promise<void> {
    await query.query(`DROP TABLE authorization_codes`)
  }
}
