import type { MigrationInterface, QueryRunner } from 'typeorm'

/**
 * The log of revocations, and the triggers that are its only writers: a change of a right and its event are one
 * transaction by construction, whoever makes the change. docs/revocation.md says why it is correct.
 */
export class Revocations1763800300000 implements MigrationInterface {
  async up(query: QueryRunner): Promise<void> {
    await createTables(query)
    await createFunctions(query)
    await createTriggers(query)
    // The first horizon. What was issued before there was a log carries no position of it.
    await query.query(`SELECT record_revocation('everyone', '')`)
  }

  async down(query: QueryRunner): Promise<void> {
    // Their triggers go with them.
    await query.query(`
      DROP FUNCTION revoke_subject, revoke_lost_role, revoke_lost_scope, revoke_password, revoke_everyone CASCADE`)
    await query.query(`DROP FUNCTION record_revocation`)
    await query.query(`DROP TABLE replicas, revocation_events`)
    await query.query(`DROP SEQUENCE revocation_positions`)
  }
}

async function createTables(query: QueryRunner): Promise<void> {
  await query.query(`CREATE SEQUENCE revocation_positions`)
  await query.query(`
    CREATE TABLE revocation_events (
      position bigint NOT NULL,
      kind text NOT NULL,
      subject text NOT NULL,
      CONSTRAINT pk_revocation_events PRIMARY KEY (position),
      CONSTRAINT ck_revocation_events_kind CHECK (kind IN ('session', 'user', 'client', 'key', 'everyone'))
    )`)
  // Two updates a second for each replica: room on the page keeps them from touching the index.
  await query.query(`
    CREATE TABLE replicas (
      id uuid NOT NULL DEFAULT gen_random_uuid(),
      applied_position bigint NOT NULL,
      beat bigint NOT NULL,
      CONSTRAINT pk_replicas PRIMARY KEY (id)
    ) WITH (fillfactor = 50)`)
}

/** With the rights of their owner and names that nobody can shadow: whoever may change a right also writes the event. */
async function createFunctions(query: QueryRunner): Promise<void> {
  const [{ schema }] = await query.query(`SELECT quote_ident(current_schema()) AS schema`)
  const searchPath = `SET search_path = ${schema}, pg_temp`
  const trigger = `RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER ${searchPath}`

  // The lock is held until after the commit can be seen: positions become visible in their own order, and who sees
  // one sees all before it. The clock keeps them ahead of what a lost or restored database had given out before.
  await query.query(`
    CREATE FUNCTION record_revocation(revoked_kind text, revoked_subject text) RETURNS void
    LANGUAGE plpgsql ${searchPath} AS $$
    BEGIN
      PERFORM pg_advisory_xact_lock(6007402215833681);
      INSERT INTO revocation_events (position, kind, subject) VALUES (
        setval('revocation_positions', greatest(
          nextval('revocation_positions'), (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)),
        revoked_kind, revoked_subject);
      PERFORM pg_notify('revocations', '');
    END $$`)

  // Arguments: the kind, and the column that names the subject.
  await query.query(`
    CREATE FUNCTION revoke_subject() ${trigger} AS $$
    BEGIN
      PERFORM record_revocation(TG_ARGV[0], to_jsonb(OLD) ->> TG_ARGV[1]);
      RETURN NULL;
    END $$`)

  await query.query(`
    CREATE FUNCTION revoke_everyone() ${trigger} AS $$
    BEGIN
      PERFORM record_revocation('everyone', '');
      RETURN NULL;
    END $$`)

  // A role that is taken and given again in one transaction was never lost.
  await query.query(`
    CREATE FUNCTION revoke_lost_role() ${trigger} AS $$
    BEGIN
      IF NOT EXISTS (SELECT FROM user_roles WHERE user_id = OLD.user_id AND role_name = OLD.role_name) THEN
        PERFORM record_revocation('user', OLD.user_id::text);
      END IF;
      RETURN NULL;
    END $$`)

  // Everyone, not those who have the role: who has it can change while this commits, and tokens do not say.
  await query.query(`
    CREATE FUNCTION revoke_lost_scope() ${trigger} AS $$
    BEGIN
      IF NOT EXISTS (SELECT FROM role_scopes WHERE role_name = OLD.role_name AND scope = OLD.scope) THEN
        PERFORM record_revocation('everyone', '');
      END IF;
      RETURN NULL;
    END $$`)

  // A writer that sees to the sessions itself says so: a rehash ends none, a change by the user keeps the present one.
  await query.query(`
    CREATE FUNCTION revoke_password() ${trigger} AS $$
    BEGIN
      IF current_setting('fieldgate.password_change', true) IS DISTINCT FROM 'handled' THEN
        PERFORM record_revocation('user', OLD.id::text);
      END IF;
      RETURN NULL;
    END $$`)
}

/**
 * Deferred to the commit: no transaction holds the lock of the log while it waits for a row, and one that somebody left
 * open in psql holds up nobody. `WHEN` is looked at when the row changes, so that other changes cost nothing.
 */
async function createTriggers(query: QueryRunner): Promise<void> {
  const trigger = (name: string, event: string, table: string, then: string) =>
    query.query(`
      CREATE CONSTRAINT TRIGGER ${name} AFTER ${event} ON ${table}
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW ${then}`)

  await trigger(
    'tr_users_disabled',
    'UPDATE',
    'users',
    `WHEN (OLD.disabled_at IS NULL AND NEW.disabled_at IS NOT NULL) EXECUTE FUNCTION revoke_subject('user', 'id')`,
  )
  await trigger(
    'tr_users_password',
    'UPDATE',
    'users',
    `WHEN (OLD.password_hash IS DISTINCT FROM NEW.password_hash) EXECUTE FUNCTION revoke_password()`,
  )
  await trigger('tr_users_deleted', 'DELETE', 'users', `EXECUTE FUNCTION revoke_subject('user', 'id')`)
  await trigger('tr_user_roles_lost', 'UPDATE OR DELETE', 'user_roles', `EXECUTE FUNCTION revoke_lost_role()`)
  await trigger(
    'tr_role_scopes_lost',
    'UPDATE OR DELETE',
    'role_scopes',
    `EXECUTE FUNCTION revoke_lost_scope()`,
  )
  await trigger(
    'tr_sessions_ended',
    'UPDATE',
    'sessions',
    `WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION revoke_subject('session', 'id')`,
  )
  // The cleanup deletes rows that ended or expired before: nothing is taken away by that.
  await trigger(
    'tr_sessions_deleted',
    'DELETE',
    'sessions',
    `WHEN (OLD.ended_at IS NULL AND OLD.expires_at > now()) EXECUTE FUNCTION revoke_subject('session', 'id')`,
  )
  await trigger(
    'tr_signing_keys_compromised',
    'UPDATE',
    'signing_keys',
    `WHEN (OLD.compromised_at IS NULL AND NEW.compromised_at IS NOT NULL) EXECUTE FUNCTION revoke_subject('key', 'key_id')`,
  )
  await trigger(
    'tr_signing_keys_deleted',
    'DELETE',
    'signing_keys',
    `WHEN (OLD.gone_at IS NULL OR OLD.gone_at > now()) EXECUTE FUNCTION revoke_subject('key', 'key_id')`,
  )
  for (const table of ['users', 'user_roles', 'role_scopes', 'sessions']) {
    await query.query(`
      CREATE TRIGGER tr_${table}_truncated AFTER TRUNCATE ON ${table}
      FOR EACH STATEMENT EXECUTE FUNCTION revoke_everyone()`)
  }
}
