import type { MigrationInterface, QueryRunner } from 'typeorm'

/** Clients, and what taking something from one writes into the log of revocations. */
export class Clients1763800600000 implements MigrationInterface {
  async up(query: QueryRunner): Promise<void> {
    await query.query(`
      CREATE TABLE clients (
        id uuid NOT NULL DEFAULT gen_random_uuid(),
        name text NOT NULL,
        kind text NOT NULL,
        redirect_uris text[] NOT NULL,
        scopes text[] NOT NULL,
        secret_hash bytea,
        previous_secret_hash bytea,
        previous_secret_until timestamptz(3),
        created_at timestamptz(3) NOT NULL,
        disabled_at timestamptz(3),
        CONSTRAINT pk_clients PRIMARY KEY (id),
        CONSTRAINT ck_clients_kind CHECK (kind IN ('public', 'confidential')),
        CONSTRAINT ck_clients_name_length CHECK (char_length(name) BETWEEN 1 AND 100),
        CONSTRAINT ck_clients_secret CHECK ((kind = 'confidential') = (secret_hash IS NOT NULL)),
        CONSTRAINT ck_clients_previous_secret CHECK (num_nulls(previous_secret_hash, previous_secret_until) <> 1)
      )`)

    // Deferred, as docs/revocation.md has it. A secret that is replaced at once has leaked, so what was got with it
    // ends; one that stays good for a while is replaced as planned.
    await query.query(`
      CREATE CONSTRAINT TRIGGER tr_clients_changed AFTER UPDATE ON clients
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
      WHEN ((OLD.disabled_at IS NULL AND NEW.disabled_at IS NOT NULL)
        OR OLD.scopes IS DISTINCT FROM NEW.scopes
        OR OLD.kind IS DISTINCT FROM NEW.kind
        OR (OLD.secret_hash IS DISTINCT FROM NEW.secret_hash AND NEW.previous_secret_hash IS NULL))
      EXECUTE FUNCTION revoke_subject('client', 'id')`)
    await query.query(`
      CREATE CONSTRAINT TRIGGER tr_clients_deleted AFTER DELETE ON clients
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION revoke_subject('client', 'id')`)
    await query.query(`
      CREATE TRIGGER tr_clients_truncated AFTER TRUNCATE ON clients
      FOR EACH STATEMENT EXECUTE FUNCTION revoke_everyone()`)
  }

  async down(query: QueryRunner): Promise<void> {
    await query.query(`DROP TABLE clients`)
  }
}
