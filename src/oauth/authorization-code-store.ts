import { type EntityManager, IsNull } from 'typeorm'
import { type AuthorizationCode, codeSeconds, createCode, hashCode } from './authorization-code.js'
import { authorizationCodeTable } from './authorization-code-table.js'

export type AuthorizationCodeStoreDependencies = {
  db: EntityManager
  now: () => Date
  randomBytes: (size: number) => Buffer
}

export type NewAuthorizationCode = Pick<
  AuthorizationCode,
  'clientId' | 'userId' | 'redirectUri' | 'scopes' | 'codeChallenge'
>

export type AuthorizationCodeStore = ReturnType<typeof createAuthorizationCodeStore>

/** As long as that the second use of a code is noticed. */
const keptSeconds = 86_400

export function createAuthorizationCodeStore({ db, now, randomBytes }: AuthorizationCodeStoreDependencies) {
  return {
    /** In the transaction that makes sure of the user. Returns the code: it is kept nowhere. */
    async issue(tx: EntityManager, grant: NewAuthorizationCode): Promise<string> {
      const at = now().getTime()
      const code = createCode(randomBytes)
      await tx.insert(authorizationCodeTable, {
        ...grant,
        codeHash: hashCode(code),
        authenticatedAt: new Date(at),
        expiresAt: new Date(at + codeSeconds * 1000),
      })
      return code
    },

    find: (code: string): Promise<AuthorizationCode | null> =>
      db.findOneBy(authorizationCodeTable, { codeHash: hashCode(code) }),

    /** The row, held to the end of the transaction. */
    lock: (
      tx: EntityManager,
      { codeHash }: Pick<AuthorizationCode, 'codeHash'>,
    ): Promise<AuthorizationCode | null> =>
      tx.findOne(authorizationCodeTable, { where: { codeHash }, lock: { mode: 'pessimistic_write' } }),

    async markUsed(tx: EntityManager, { codeHash }: AuthorizationCode, sessionId: string): Promise<void> {
      await tx.update(authorizationCodeTable, { codeHash }, { sessionId })
    },

    /** Removes codes that nobody will show again, so many at most. What others hold is left for the next time. */
    async removeOld(limit: number): Promise<number> {
      const [, removed] = await db.query<[unknown, number]>(
        `WITH old AS MATERIALIZED (
           SELECT code_hash FROM authorization_codes WHERE expires_at < $1 ORDER BY expires_at LIMIT $2
           FOR UPDATE SKIP LOCKED
         )
         DELETE FROM authorization_codes AS code USING old WHERE code.code_hash = old.code_hash`,
        [new Date(now().getTime() - keptSeconds * 1000), limit],
      )
      return removed
    },

    /** What was consented to before a password was changed, say, is not given out after it. */
    async forgetUnused(tx: EntityManager, userId: string): Promise<void> {
      await tx.delete(authorizationCodeTable, { userId, sessionId: IsNull() })
    },
  }
}
