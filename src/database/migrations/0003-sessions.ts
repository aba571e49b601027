import type { MigrationInterface, QueryRunner } from 'typeorm'

export class Sessions1763800200000 implements MigrationInterface {
  async up(query: QueryRunner): Promise<void> {
    await query.query(`
      CREATE TABLE sessions (
        id uuid NOT NULL DEFAULT gen_random_uuid(),
        user_id uuid NOT NULL,
        client_id text NOT NULL,
        scope_ceiling text[],
        scopes text[] NOT NULL,
        device text,
        address text,
        generation integer NOT NULL,
        family_hash bytea NOT NULL,
        token_hash bytea NOT NULL,
        previous_token_hash bytea,
        sealed_reply bytea,
        rotated_at timestamptz(3),
        authenticated_at timestamptz(3) NOT NULL,
        created_at timestamptz(3) NOT NULL,
        last_used_at timestamptz(3) NOT NULL,
        expires_at timestamptz(3) NOT NULL,
        ended_at timestamptz(3),
        end_reason text,
        CONSTRAINT pk_sessions PRIMARY KEY (id),
        CONSTRAINT fk_sessions_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
        CONSTRAINT uq_sessions_family_hash UNIQUE (family_hash),
        CONSTRAINT ck_sessions_hashes CHECK (length(family_hash) = 32 AND length(token_hash) = 32),
        CONSTRAINT ck_sessions_rotated CHECK (
          num_nulls(previous_token_hash, sealed_reply, rotated_at) = CASE generation WHEN 0 THEN 3 ELSE 0 END
        ),
        CONSTRAINT ck_sessions_ended CHECK (num_nulls(ended_at, end_reason) <> 1)
      )
    `)
    await query.query(`CREATE INDEX ix_sessions_user_id ON sessions (user_id)`)
    // For the cleanup: a row that is past this moment, ended or expired, is of no more use.
    await query.query(`CREATE INDEX ix_sessions_expires_at ON sessions (expires_at)`)
  }

  async down(query: QueryRunner): Promise<void> {
    await query.query(`DROP TABLE sessions`)
  }
}
