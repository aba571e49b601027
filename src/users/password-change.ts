import type { EntityManager } from 'typeorm'
import type { Actor } from '../authentication/actor.js'
import { AppError } from '../errors.js'
import type { LoginAttempt, LoginLimiter } from '../login-limits/login-limiter.js'
import type { Asker } from '../passwords/password-hasher.js'
import { type CredentialStore, createCredentialStore } from './user-credentials.js'
import type { UserServiceDependencies } from './user-service.js'
import { userTable } from './user-table.js'
import type { User } from './user.js'

export type PasswordChangeDependencies = {
  db: EntityManager
  now: () => Date
  requireAcceptablePassword(password: { password: string; email: string; field: string }): void
  hashPassword(password: string, asker: Asker): Promise<string>
  verifyPassword(
    password: string,
    storedHash: string,
    asker: Asker,
  ): Promise<'match' | 'match-outdated' | 'mismatch'>
  /** As at sign-in: whoever took a session over does not guess the password here. */
  loginLimiter: LoginLimiter
  /** Ends the sessions of the user, all but one. */
  endOtherSessions(
    tx: EntityManager,
    own: { userId: string; sessionId: string | null },
    by: Actor,
  ): Promise<unknown>
  recordAudit: UserServiceDependencies['recordAudit']
  revocationsSettled: UserServiceDependencies['revocationsSettled']
}

export type ChangePassword = ReturnType<typeof createPasswordChange>

/**
 * Replaces a password by somebody who knows the present one, and ends all their other sessions.
 * @throws AppError INVALID_CREDENTIALS, BAD_USER_INPUT, RATE_LIMITED
 */
export function createPasswordChange(deps: PasswordChangeDependencies) {
  return async function changePassword(
    own: { userId: string; sessionId: string | null },
    { currentPassword, newPassword }: { currentPassword: string; newPassword: string },
    by: Actor,
    signal?: AbortSignal,
  ): Promise<void> {
    const { userId } = own
    const { email } = await requireOwnUser(deps.db, userId)
    deps.requireAcceptablePassword({ password: newPassword, email, field: 'newPassword' })
    const attempt = deps.loginLimiter.begin({ email, address: by.address, requestId: by.requestId })
    const asker = { address: by.address, signal }
    const currentHash = await requireCurrentPassword(deps, userId, currentPassword, attempt, asker)
    const newHash = await deps.hashPassword(newPassword, asker)
    await deps.db.transaction(async (tx) => {
      await requireReplaced(createCredentialStore({ db: tx }), { userId, currentHash, newHash })
      await tx.update(userTable, { id: userId }, { updatedAt: deps.now() })
      await deps.endOtherSessions(tx, own, by)
      await deps.recordAudit(tx, {
        ...by,
        action: 'password.changed',
        subjectId: userId,
        result: 'success',
        details: {},
      })
    })
    await deps.revocationsSettled()
  }
}

async function requireOwnUser(db: EntityManager, id: string): Promise<User> {
  const user = await db.findOneBy(userTable, { id })
  // A service client has no password.
  if (user === null)
    throw new AppError('NOT_FOUND', { message: 'This credential does not belong to a user.' })
  return user
}

async function requireCurrentPassword(
  { db, verifyPassword, loginLimiter }: PasswordChangeDependencies,
  userId: string,
  password: string,
  attempt: LoginAttempt,
  asker: Asker,
): Promise<string> {
  const credentials = await createCredentialStore({ db }).findById(userId)
  if (credentials === null) throw wrongPassword()
  const verdict = await verifyPassword(password, credentials.passwordHash, asker)
  const refusal = await db.transaction(async (tx) => {
    const admission = verdict === 'mismatch' ? null : await loginLimiter.admission(tx, attempt, userId)
    if (admission?.verdict === 'open') return loginLimiter.forgetFailures(tx, admission)
    return (await loginLimiter.countFailure(tx, attempt, userId)) ?? wrongPassword()
  })
  if (refusal) throw refusal
  return credentials.passwordHash
}

function wrongPassword(): AppError {
  return new AppError('INVALID_CREDENTIALS', {
    message: 'The current password is wrong.',
    details: { field: 'currentPassword' },
  })
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
