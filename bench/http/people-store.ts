import { Pool } from 'pg'
import type { Person } from '../people.js'

const columns = 'id, name, city, email, phone, salary'

export type PeopleStore = ReturnType<typeof createPeopleStore>

/** Connections of each server to the database. */
export const poolSize = 10

/** What every contender reads and writes with: one statement each, on a pool of its own. */
export function createPeopleStore(databaseUrl: string) {
  const pool = new Pool({ connectionString: databaseUrl, max: poolSize })
  pool.on('error', () => {})
  const query = async (text: string, values: unknown[]) => (await pool.query<Person>(text, values)).rows

  return {
    async findPerson(id: string): Promise<Person | undefined> {
      const [person] = await query(`SELECT ${columns} FROM bench_people WHERE id = $1`, [id])
      return person
    },

    listPeople: (first: number): Promise<Person[]> =>
      query(`SELECT ${columns} FROM bench_people ORDER BY id LIMIT $1`, [first]),

    async renamePerson(id: string, name: string): Promise<Person | undefined> {
      const text = `UPDATE bench_people SET name = $2 WHERE id = $1 RETURNING ${columns}`
      const [person] = await query(text, [id, name])
      return person
    },

    close: (): Promise<void> => pool.end(),
  }
}
