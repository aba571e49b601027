import type { MigrationInterface, QueryRunner } from 'typeorm'

/**
 * A password that is changed or a user who is disabled in SQL ends what a mutation would end: the sessions, with their
 * refresh tokens, and the codes that nobody has exchanged. The events of that are written by the triggers on sessions.
 */
export class SessionsEnd1763800800000 implements MigrationInterface {
  async up(query: QueryRunner): Promise<void> {
    await createFunction(query)
    await createTriggers(query)
  }

  async down(query: QueryRunner): Promise<void> {
    // Its triggers go with it.
    await query.query(`DROP FUNCTION end_sessions_of_user CASCADE`)
  }
}

/** With the rights of its owner and names that nobody can shadow, as the functions of 0004. */
async function createFunction(query: QueryRunner): Promise<void> {
  const [{ schema }] = await query.query(`SELECT quote_ident(current_schema()) AS schema`)

  // Arguments: the reason, and the setting by which a writer says that it sees to the sessions itself. Neither looks at
  // when a session expires: the clock of the server that issued it may be another. In the order of the ids, as all who
  // end several: nobody locks another out.
  await query.query(`
    CREATE FUNCTION end_sessions_of_user() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = ${schema}, pg_temp AS $$
    DECLARE
      ended timestamptz(3) := clock_timestamp();
    BEGIN
      IF current_setting(TG_ARGV[1], true) = 'handled' THEN
        RETURN NULL;
      END IF;
      DELETE FROM authorization_codes WHERE user_id = OLD.id AND session_id IS NULL;
      PERFORM FROM sessions WHERE user_id = OLD.id AND ended_at IS NULL ORDER BY id FOR UPDATE;
      UPDATE sessions
        SET ended_at = ended, end_reason = TG_ARGV[0], expires_at = least(expires_at, ended)
        WHERE user_id = OLD.id AND ended_at IS NULL;
      RETURN NULL;
    END $$`)
}

/**
 * At once, and not at the commit: this waits for rows, and whoever holds the lock of the log must not. The row of the user
 * is locked by then, so no sign-in slips through.
 */
async function createTriggers(query: QueryRunner): Promise<void> {
  await query.query(`
    CREATE TRIGGER tr_users_password_sessions AFTER UPDATE ON users FOR EACH ROW
    WHEN (OLD.password_hash IS DISTINCT FROM NEW.password_hash)
    EXECUTE FUNCTION end_sessions_of_user('password_changed', 'fieldgate.password_change')`)
  // When a user is enabled, too: what somehow outlived the disabling does not come back.
  await query.query(`
    CREATE TRIGGER tr_users_disabled_sessions AFTER UPDATE ON users FOR EACH ROW
    WHEN ((OLD.disabled_at IS NULL) <> (NEW.disabled_at IS NULL))
    EXECUTE FUNCTION end_sessions_of_user('user_disabled', 'fieldgate.user_disabling')`)
}
