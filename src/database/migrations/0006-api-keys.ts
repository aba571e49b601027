import type { MigrationInterface, QueryRunner } from 'typeorm'

/** Needs the log of revocations: replicas remember rows of keys, and whatever takes something from one is an event. */
export class ApiKeys1763800500000 implements MigrationInterface {
  async up(query: QueryRunner): Promise<void> {
    await query.query(`
      CREATE TABLE api_keys (
        id uuid NOT NULL DEFAULT gen_random_uuid(),
        user_id uuid NOT NULL,
        name text NOT NULL,
        secret_hash bytea NOT NULL,
        scopes text[] NOT NULL,
        created_at timestamptz(3) NOT NULL,
        expires_at timestamptz(3),
        last_used_at timestamptz(3),
        revoked_at timestamptz(3),
        CONSTRAINT pk_api_keys PRIMARY KEY (id),
        CONSTRAINT fk_api_keys_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
        CONSTRAINT ck_api_keys_name_length CHECK (char_length(name) BETWEEN 1 AND 100),
        CONSTRAINT ck_api_keys_secret_hash CHECK (length(secret_hash) = 32)
      )`)
    await query.query(`CREATE INDEX ix_api_keys_user_id ON api_keys (user_id)`)

    // Deferred, as docs/revocation.md has it. The last use changes often, and takes nothing away.
    await query.query(`
      CREATE CONSTRAINT TRIGGER tr_api_keys_changed AFTER UPDATE ON api_keys
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
      WHEN ((OLD.user_id, OLD.secret_hash, OLD.scopes, OLD.expires_at, OLD.revoked_at)
        IS DISTINCT FROM (NEW.user_id, NEW.secret_hash, NEW.scopes, NEW.expires_at, NEW.revoked_at))
      EXECUTE FUNCTION revoke_subject('client', 'id')`)
    await query.query(`
      CREATE CONSTRAINT TRIGGER tr_api_keys_deleted AFTER DELETE ON api_keys
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
      WHEN (OLD.revoked_at IS NULL) EXECUTE FUNCTION revoke_subject('client', 'id')`)
    await query.query(`
      CREATE TRIGGER tr_api_keys_truncated AFTER TRUNCATE ON api_keys
      FOR EACH STATEMENT EXECUTE FUNCTION revoke_everyone()`)
  }

  async down(query: QueryRunner): Promise<void> {
    await query.query(`DROP TABLE api_keys`)
  }
}
