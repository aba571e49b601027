import type { EntityManager } from 'typeorm'
import { userTable } from './user-table.js'
import { emailKey } from './user.js'

export type UserCredentials = { id: string; passwordHash: string; disabledAt: Date | null }

export type CredentialStore = ReturnType<typeof createCredentialStore>

/** What signing in needs to know of a user: the one place that reads and writes password hashes. */
export function createCredentialStore({ db }: { db: EntityManager }) {
  // Written out, not built: it is asked twice at each sign-in.
  async function find(condition: string, value: string): Promise<UserCredentials | null> {
    const [user] = await db.query<UserCredentials[]>(
      `SELECT id, password_hash AS "passwordHash", disabled_at AS "disabledAt" FROM users WHERE ${condition}`,
      [value],
    )
    return user ?? null
  }

  /** To be said before the change, in its transaction. */
  const seeToSessions = () => db.query(`SELECT set_config('fieldgate.password_change', 'handled', true)`)

  return {
    async findByEmail(email: string): Promise<UserCredentials | null> {
      // PostgreSQL 8.3: no text holds U+0000, and asking for one is an error.
      if (email.includes('\u0000')) return null
      return find('email_key = $1', emailKey(email))
    },

    findById: (id: string): Promise<UserCredentials | null> => find('id = $1', id),

    /** Held (FOR SHARE) to the end of the transaction: neither disabled nor changed meanwhile. */
    lockById: (id: string): Promise<UserCredentials | null> => find('id = $1 FOR SHARE', id),

    /**
     * Replaces `currentHash` alone, so that a password that was changed meanwhile stays changed. Which sessions end by
     * that is left to the caller, and said so before the change: a hash that is changed in any other way ends them all, by
     * a trigger (docs/revocation.md). To be called within a transaction.
     */
    async replaceHash(
      id: string,
      currentHash: string,
      passwordHash: string,
    ): Promise<'replaced' | 'changed'> {
      await seeToSessions()
      const { affected } = await db.update(userTable, { id, passwordHash: currentHash }, { passwordHash })
      return affected === 1 ? 'replaced' : 'changed'
    },

    /** Whatever it is now; as to sessions and transaction, as replaceHash. */
    async setHash(id: string, passwordHash: string): Promise<void> {
      await seeToSessions()
      await db.update(userTable, { id }, { passwordHash })
    },
  }
}
