import type { EntityManager } from 'typeorm'
import { type Actor, theServer } from '../authentication/actor.js'
import { AppError } from '../errors.js'
import { randomPassword } from './random-password.js'
import { createCredentialStore } from './user-credentials.js'
import type { UserServiceDependencies } from './user-service.js'
import { userTable } from './user-table.js'
import { emailKey, type User } from './user.js'

export type PasswordResetDependencies = Pick<
  UserServiceDependencies,
  'db' | 'now' | 'hashPassword' | 'recordAudit' | 'revocationsSettled'
> & {
  randomBytes: (size: number) => Buffer
  /** Forgets codes that nobody has exchanged too. Returns how many sessions ended. */
  endSessions(tx: EntityManager, userId: string, by: Actor): Promise<number>
}

export type PasswordReset = Pick<User, 'email' | 'disabledAt'> & {
  /** Shown here, kept nowhere. */
  password: string
  /** How many ended. */
  sessions: number
}

/**
 * Replaces a password that nobody knows any more, and ends all sessions: for who operates the server and need not prove it.
 * @throws AppError NOT_FOUND
 */
export function createPasswordReset(deps: PasswordResetDependencies) {
  return async function resetPassword(typed: string): Promise<PasswordReset> {
    const password = randomPassword(deps.randomBytes)
    const passwordHash = await deps.hashPassword(password, theServer)
    const reset = await deps.db.transaction(async (tx) => {
      const { id, email, disabledAt } = await lockUserByEmail(tx, typed)
      await createCredentialStore({ db: tx }).setHash(id, passwordHash)
      await tx.update(userTable, { id }, { updatedAt: deps.now() })
      const sessions = await deps.endSessions(tx, id, theServer)
      const event = { action: 'password.reset', subjectId: id, result: 'success', details: {} } as const
      await deps.recordAudit(tx, { ...theServer, ...event })
      return { email, disabledAt, password, sessions }
    })
    await deps.revocationsSettled()
    return reset
  }
}

/** Held to the end of the transaction: no sign-in slips through. */
async function lockUserByEmail(tx: EntityManager, email: string): Promise<User> {
  const user = await tx.findOne(userTable, {
    where: { emailKey: emailKey(email) },
    lock: { mode: 'pessimistic_write' },
  })
  if (user === null) {
    throw new AppError('NOT_FOUND', { message: 'There is no user with this e-mail address.' })
  }
  return user
}
