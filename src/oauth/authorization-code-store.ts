import { type EntityManager, IsNull, LessThan } from 'typeorm'
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
      await tx.delete(authorizationCodeTable, { expiresAt: LessThan(new Date(at - keptSeconds * 1000)) })
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

    /** What was consented to before a password was changed, say, is not given out after it. */
    async forgetUnused(tx: EntityManager, userId: string): Promise<void> {
      await tx.delete(authorizationCodeTable, { userId, sessionId: IsNull() })
    },
  }
}
