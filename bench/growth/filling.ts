import { openDatabase } from '../../src/database/data-source.js'

/** Makes a database, in the cluster that `url` leads to. Returns its own URL. */
export async function createDatabase(url: string, name: string): Promise<string> {
  await run(url, `CREATE DATABASE ${name}`)
  const own = new URL(url)
  own.pathname = `/${name}`
  return own.href
}

/** Rows that a server of that size has, made by the database itself. */
export const fillings = {
  /** The indexes of the search are left out: `me` and refreshes never use them, and they take minutes to build. */
  users: (count: number) => `
    DROP INDEX ix_users_name_trigrams, ix_users_email_key_trigrams;
    INSERT INTO users (email, email_key, name, password_hash, created_at, updated_at)
    SELECT 'u' || n || '@example.com', 'u' || n || '@example.com', 'User ' || n, 'no hash', now(), now()
    FROM generate_series(1, ${count}) AS n;
    INSERT INTO user_roles (user_id, role_name) SELECT id, 'member' FROM users WHERE password_hash = 'no hash';
    ANALYZE`,

  /** Of a thousand users. */
  sessions: (count: number) => `
    ${fillings.users(1000)};
    INSERT INTO sessions (user_id, client_id, scopes, generation, family_hash, token_hash, authenticated_at,
      created_at, last_used_at, expires_at)
    SELECT owner.id, 'fieldgate', '{profile:read}', 0, sha256(gen_random_uuid()::text::bytea),
      sha256(gen_random_uuid()::text::bytea), now(), now(), now(), now() + n * interval '1 second' + interval '1 day'
    FROM generate_series(1, ${count}) AS n
    JOIN (SELECT id, row_number() OVER () AS place FROM users WHERE password_hash = 'no hash') AS owner
      ON owner.place = n % 1000 + 1;
    ANALYZE`,

  /** As the triggers write them. */
  revocations: (count: number) => `
    SELECT record_revocation('user', gen_random_uuid()::text) FROM generate_series(1, ${count})`,
} as const

export async function run(url: string, sql: string): Promise<void> {
  const database = await openDatabase({
    url,
    poolSize: 1,
    tables: [],
    migrations: [],
    statementTimeoutMs: 1_800_000,
  })
  try {
    for (const statement of sql.split(';')) await database.query(statement)
  } finally {
    await database.destroy()
  }
}
