import type { MigrationInterface, QueryRunner } from 'typeorm'

/** The audit log: events that nobody changes, and the head of the chain that seals them. */
export class Audit1763800400000 implements MigrationInterface {
  async up(query: QueryRunner): Promise<void> {
    await query.query(`
      CREATE TABLE audit_events (
        id uuid NOT NULL DEFAULT gen_random_uuid(),
        created_at timestamptz(3) NOT NULL,
        action text NOT NULL,
        actor_id text,
        subject_id text,
        result text NOT NULL,
        address text,
        request_id text,
        details jsonb NOT NULL,
        position bigint,
        hash bytea,
        CONSTRAINT pk_audit_events PRIMARY KEY (id),
        CONSTRAINT uq_audit_events_position UNIQUE (position),
        CONSTRAINT ck_audit_events_action CHECK (action ~ '^[a-z-]+[.][a-z-]+$'),
        CONSTRAINT ck_audit_events_result CHECK (result IN ('success', 'refused')),
        CONSTRAINT ck_audit_events_details CHECK (jsonb_typeof(details) = 'object'),
        CONSTRAINT ck_audit_events_sealed CHECK (num_nulls(position, hash) <> 1 AND position > 0)
      )`)
    await query.query(`CREATE INDEX ix_audit_events_created_at_id ON audit_events (created_at, id)`)
    await query.query(`CREATE INDEX ix_audit_events_action ON audit_events (action, created_at, id)`)
    await query.query(`CREATE INDEX ix_audit_events_actor_id ON audit_events (actor_id, created_at, id)`)
    await query.query(`CREATE INDEX ix_audit_events_subject_id ON audit_events (subject_id, created_at, id)`)
    await query.query(
      `CREATE INDEX ix_audit_events_unsealed ON audit_events (created_at, id) WHERE position IS NULL`,
    )
    await query.query(`
      CREATE TABLE audit_chain (
        id smallint NOT NULL,
        sealed_key text NOT NULL,
        position bigint NOT NULL,
        hash bytea NOT NULL,
        mac bytea NOT NULL,
        CONSTRAINT pk_audit_chain PRIMARY KEY (id),
        CONSTRAINT ck_audit_chain_id CHECK (id = 1)
      )`)
    await this.#refuseChanges(query)
  }

  /** The one change that an event may see is its sealing; the one that the head may see is to go forward. */
  async #refuseChanges(query: QueryRunner): Promise<void> {
    await query.query(`
      CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'The audit log is append-only: % on % is refused.', TG_OP, TG_TABLE_NAME
          USING ERRCODE = 'restrict_violation';
      END $$`)
    await query.query(`
      CREATE TRIGGER tr_audit_events_insert BEFORE INSERT ON audit_events FOR EACH ROW
      WHEN (NEW.position IS NOT NULL) EXECUTE FUNCTION refuse_audit_change()`)
    await query.query(`
      CREATE TRIGGER tr_audit_events_update BEFORE UPDATE ON audit_events FOR EACH ROW
      WHEN (
        OLD.position IS NOT NULL OR NEW.position IS NULL
        OR to_jsonb(OLD) - 'position' - 'hash' <> to_jsonb(NEW) - 'position' - 'hash'
      ) EXECUTE FUNCTION refuse_audit_change()`)
    await query.query(`
      CREATE TRIGGER tr_audit_chain_update BEFORE UPDATE ON audit_chain FOR EACH ROW
      WHEN (NEW.position < OLD.position) EXECUTE FUNCTION refuse_audit_change()`)
    for (const table of ['audit_events', 'audit_chain']) {
      await query.query(`
        CREATE TRIGGER tr_${table}_remove BEFORE DELETE OR TRUNCATE ON ${table} FOR EACH STATEMENT
        EXECUTE FUNCTION refuse_audit_change()`)
    }
  }

  async down(query: QueryRunner): Promise<void> {
    await query.query(`DROP TABLE audit_chain, audit_events`)
    await query.query(`DROP FUNCTION refuse_audit_change`)
  }
}
