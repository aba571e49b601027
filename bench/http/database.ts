import { Client } from 'pg'
import { createTestDatabase } from '../../src/testing/database.js'
import { people } from './population.js'

/** In the Postgres that the tests use, in memory and never synced: the disk is no contender. */
export async function createDatabase() {
  const database = await createTestDatabase()
  await seed(database.url)
  return database
}

async function seed(url: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  // Room on each page, so that renaming does not grow the table.
  await client.query(`
    CREATE TABLE bench_people (
      id uuid PRIMARY KEY,
      name text NOT NULL,
      city text NOT NULL,
      email text NOT NULL,
      phone text NOT NULL,
      salary integer NOT NULL
    ) WITH (fillfactor = 50)`)
  await client.query(
    `INSERT INTO bench_people
     SELECT * FROM jsonb_to_recordset($1) AS person (id uuid, name text, city text, email text, phone text, salary integer)`,
    [JSON.stringify(people)],
  )
  await client.query('VACUUM ANALYZE bench_people')
  await client.end()
}
