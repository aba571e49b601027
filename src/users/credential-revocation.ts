import type { EntityManager } from 'typeorm'
import type { Actor } from '../authentication/actor.js'
import type { UserService, UserServiceDependencies } from './user-service.js'

export type CredentialRevocationDependencies = Pick<
  UserServiceDependencies,
  'db' | 'requireReach' | 'recordAudit' | 'revocationsSettled'
> &
  Pick<UserService, 'requireUser'> & {
    /** Forgets codes that nobody has exchanged too. Returns how many sessions ended. */
    endSessions(tx: EntityManager, userId: string, by: Actor): Promise<number>
    /** Returns how many there were. */
    revokeApiKeys(tx: EntityManager, userId: string, by: Actor): Promise<number>
  }

export type RevokeUserCredentials = ReturnType<typeof createCredentialRevocation>

/**
 * Takes back all that was given out to a user, for when something of it is in wrong hands. The password stays.
 * @throws AppError NOT_FOUND; FORBIDDEN for a user who has scopes that the caller lacks
 */
export function createCredentialRevocation(deps: CredentialRevocationDependencies) {
  return async function revokeUserCredentials(
    userId: string,
    { callerScopes }: { callerScopes: readonly string[] },
    by: Actor,
  ): Promise<void> {
    await deps.db.transaction(async (tx) => {
      const { id } = await deps.requireUser(userId, tx)
      await deps.requireReach(tx, id, callerScopes)
      // Whoever signs in or makes a key holds it too: nothing begins meanwhile and outlives this.
      await tx.query(`SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE`, [id])
      const sessions = await deps.endSessions(tx, id, by)
      const apiKeys = await deps.revokeApiKeys(tx, id, by)
      await deps.recordAudit(tx, {
        ...by,
        action: 'user.credentials-revoked',
        subjectId: id,
        result: 'success',
        details: { sessions: String(sessions), apiKeys: String(apiKeys) },
      })
    })
    await deps.revocationsSettled()
  }
}
