import type { MigrationInterface, QueryRunner } from 'typeorm'

/**
 * A role that is removed takes its scopes from those who had it, who lose the role too and have an event each. It is
 * nothing that everybody else has to be told: their tokens rest on other roles.
 */
export class RemovedRoles1763801100000 implements MigrationInterface {
  async up(query: QueryRunner): Promise<void> {
    await replaceTrigger(query, 'AND EXISTS (SELECT FROM roles WHERE name = OLD.role_name)')
  }

  async down(query: QueryRunner): Promise<void> {
    await replaceTrigger(query, '')
  }
}

/** That of 0004, with one more condition. It runs at the commit: what it sees is what stays. */
async function replaceTrigger(query: QueryRunner, condition: string): Promise<void> {
  const [{ schema }] = await query.query(`SELECT quote_ident(current_schema()) AS schema`)
  await query.query(`
    CREATE OR REPLACE FUNCTION revoke_lost_scope() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = ${schema}, pg_temp AS $$
    BEGIN
      IF NOT EXISTS (SELECT FROM role_scopes WHERE role_name = OLD.role_name AND scope = OLD.scope) ${condition} THEN
        PERFORM record_revocation('everyone', '');
      END IF;
      RETURN NULL;
    END $$`)
}
