import type { MigrationInterface, QueryRunner } from 'typeorm'

/** Users, roles and the scopes that roles grant. */
export class Identity1763800000000 implements MigrationInterface {
  async up(query: QueryRunner): Promise<void> {
    await query.query(`CREATE EXTENSION IF NOT EXISTS pg_trgm`)
    await query.query(`
      CREATE TABLE users (
        id uuid NOT NULL DEFAULT gen_random_uuid(),
        email text NOT NULL,
        email_key text NOT NULL,
        name text NOT NULL,
        password_hash text NOT NULL,
        created_at timestamptz(3) NOT NULL,
        updated_at timestamptz(3) NOT NULL,
        disabled_at timestamptz(3),
        CONSTRAINT pk_users PRIMARY KEY (id),
        CONSTRAINT uq_users_email_key UNIQUE (email_key),
        CONSTRAINT ck_users_email_length CHECK (char_length(email) <= 254),
        CONSTRAINT ck_users_name_length CHECK (char_length(name) BETWEEN 1 AND 100)
      )`)
    await query.query(`CREATE INDEX ix_users_created_at_id ON users (created_at, id)`)
    // Trigrams serve the substring search of the users query, which no B-tree can.
    await query.query(`CREATE INDEX ix_users_name_trigrams ON users USING gin (name gin_trgm_ops)`)
    await query.query(`CREATE INDEX ix_users_email_key_trigrams ON users USING gin (email_key gin_trgm_ops)`)
    await query.query(`
      CREATE TABLE scopes (
        name text NOT NULL,
        CONSTRAINT pk_scopes PRIMARY KEY (name)
      )`)
    await query.query(`
      CREATE TABLE roles (
        name text NOT NULL,
        description text NOT NULL,
        CONSTRAINT pk_roles PRIMARY KEY (name)
      )`)
    await query.query(`
      CREATE TABLE role_scopes (
        role_name text NOT NULL,
        scope text NOT NULL,
        CONSTRAINT pk_role_scopes PRIMARY KEY (role_name, scope),
        CONSTRAINT fk_role_scopes_role FOREIGN KEY (role_name) REFERENCES roles (name) ON DELETE CASCADE,
        CONSTRAINT fk_role_scopes_scope FOREIGN KEY (scope) REFERENCES scopes (name) ON DELETE CASCADE
      )`)
    await query.query(`
      CREATE TABLE user_roles (
        user_id uuid NOT NULL,
        role_name text NOT NULL,
        CONSTRAINT pk_user_roles PRIMARY KEY (user_id, role_name),
        CONSTRAINT fk_user_roles_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
        CONSTRAINT fk_user_roles_role FOREIGN KEY (role_name) REFERENCES roles (name) ON DELETE CASCADE
      )`)
    await query.query(`CREATE INDEX ix_user_roles_role_name ON user_roles (role_name)`)
  }

  async down(query: QueryRunner): Promise<void> {
    await query.query(`DROP TABLE user_roles, role_scopes, roles, scopes, users`)
  }
}
