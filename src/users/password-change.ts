import type { EntityManager } from 'typeorm'
import { AppError } from '../errors.js'
import { type CredentialStore, createCredentialStore } from './user-credentials.js'
import { userTable } from './user-table.js'

export type PasswordChangeDependencies = {
  db: EntityManager
  now: () => Date
  checkPassword(password: string, owner: { email: string }): void
  hashPassword(password: string): Promise<string>
  verifyPassword(password: string, storedHash: string): Promise<'match' | 'match-outdated' | 'mismatch'>
  /** Ends the sessions of the user, all but one. */
  endSessions(tx: EntityManager, userId: string, options: { except: string | null }): Promise<void>
}

export type ChangePassword = ReturnType<typeof createPasswordChange>

/**
 * Replaces a password by somebody who knows the present one, and ends all their other sessions.
 * @throws AppError INVALID_CREDENTIALS, BAD_USER_INPUT, RATE_LIMITED
 */
export function createPasswordChange(deps: PasswordChangeDependencies) {
  return async function changePassword(
    { userId, sessionId }: { userId: string; sessionId: string | null },
    { currentPassword, newPassword }: { currentPassword: string; newPassword: string },
  ): Promise<void> {
    const { email } = await deps.db.findOneByOrFail(userTable, { id: userId })
    deps.checkPassword(newPassword, { email })
    const currentHash = await requireCurrentPassword(deps, userId, currentPassword)
    const newHash = await deps.hashPassword(newPassword)
    await deps.db.transaction(async (tx) => {
      await requireReplaced(createCredentialStore({ db: tx }), { userId, currentHash, newHash })
      await tx.update(userTable, { id: userId }, { updatedAt: deps.now() })
      await deps.endSessions(tx, userId, { except: sessionId })
    })
  }
}

async function requireCurrentPassword(
  { db, verifyPassword }: PasswordChangeDependencies,
  userId: string,
  password: string,
): Promise<string> {
  const credentials = await createCredentialStore({ db }).findById(userId)
  const verdict = credentials && (await verifyPassword(password, credentials.passwordHash))
  if (!credentials || verdict === 'mismatch') {
    throw new AppError('INVALID_CREDENTIALS', {
      message: 'The current password is wrong.',
      details: { field: 'currentPassword' },
    })
  }
  return credentials.passwordHash
}

// Of two changes at once with the same old password, one wins and the other learns that it is the old one.
async function requireReplaced(
  store: CredentialStore,
  { userId, currentHash, newHash }: { userId: string; currentHash: string; newHash: string },
): Promise<void> {
  const outcome = await store.replaceHash(userId, currentHash, newHash)
  if (outcome === 'changed') {
    throw new AppError('INVALID_CREDENTIALS', { message: 'The password has just been changed.' })
  }
}
