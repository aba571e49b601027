import type { MigrationInterface, QueryRunner } from 'typeorm'

/** The thirteen digits at the end are the moment in milliseconds; they put migrations in order. */
export class Notes1770000000000 implements MigrationInterface {
  async up(query: QueryRunner): Promise<void> {
    await query.query(`
      CREATE TABLE notes (
        id uuid NOT NULL DEFAULT gen_random_uuid(),
        owner_id uuid NOT NULL,
        text text NOT NULL,
        created_at timestamptz(3) NOT NULL,
        CONSTRAINT pk_notes PRIMARY KEY (id),
        CONSTRAINT fk_notes_owner_id FOREIGN KEY (owner_id) REFERENCES users (id) ON DELETE CASCADE,
        CONSTRAINT ck_notes_text_length CHECK (char_length(text) BETWEEN 1 AND 1000)
      )`)
    await query.query('CREATE INDEX ix_notes_owner_id_created_at ON notes (owner_id, created_at)')
  }

  async down(query: QueryRunner): Promise<void> {
    await query.query('DROP TABLE notes')
  }
}
