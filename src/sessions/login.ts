import type { EntityManager } from 'typeorm'
import { AppError } from '../errors.js'
import { issueSession, type SessionTokens } from './issue-session.js'
import type { LoginUser, SessionDependencies } from './session-dependencies.js'
import type { Origin } from './session.js'

export type Login = {
  email: string
  password: string
  scopes: readonly string[] | null
  clientId: string
  origin: Origin
}

/**
 * Signs a user in with a password.
 * @throws AppError INVALID_CREDENTIALS, INVALID_SCOPE; what `verifyPassword` throws
 */
export function login(
  deps: SessionDependencies,
  { scopes, clientId, ...credentials }: Login,
): Promise<SessionTokens> {
  const { origin } = credentials
  return proveUser(deps, credentials, (tx, userId) =>
    issueSession(deps, tx, { userId, clientId, scopes, authenticatedAt: deps.now(), origin }),
  )
}

export type Credentials = Pick<Login, 'email' | 'password' | 'origin'>

/**
 * Proves a user by password, and does `then` in the transaction that makes sure of it. Whatever is wrong with user or
 * password costs one verification and gives one answer; what else may be wrong is looked at only after a right password.
 * @throws AppError INVALID_CREDENTIALS; what `verifyPassword` and `then` throw
 */
export async function proveUser<T extends object | string>(
  deps: SessionDependencies,
  { email, password, origin }: Credentials,
  then: (tx: EntityManager, userId: string) => Promise<T>,
): Promise<T> {
  const user = await deps.findUserForLogin(email)
  const verdict = await deps.verifyPassword(password, user?.passwordHash ?? null)
  if (user === null || user.disabledAt !== null || verdict === 'mismatch') {
    return refuse(deps, user, origin)
  }

  const result = await deps.db.transaction(async (tx) => {
    if ((await standingAtCommit(deps, tx, user, password)) === 'changed') return null
    return then(tx, user.id)
  })
  if (result === null) return refuse(deps, user, origin)
  if (verdict === 'match-outdated') await deps.replacePasswordHash(user.id, password, user.passwordHash)
  return result
}

async function refuse(deps: SessionDependencies, user: LoginUser | null, origin: Origin): Promise<never> {
  const [userId, address] = [user?.id ?? null, origin.clientAddress]
  await deps.recordAudit(deps.db, { action: 'login.refused', userId, address })
  throw new AppError('INVALID_CREDENTIALS')
}

/**
 * Verifying takes long enough for the user to be disabled or the password to be changed, which ends all sessions that
 * there are then: this one must not start after them. A hash that only moved to newer parameters is verified again.
 */
async function standingAtCommit(
  deps: SessionDependencies,
  tx: EntityManager,
  verified: LoginUser,
  password: string,
): Promise<'unchanged' | 'changed'> {
  const user = await deps.lockUserForLogin(tx, verified.id)
  if (user === null || user.disabledAt !== null) return 'changed'
  if (user.passwordHash === verified.passwordHash) return 'unchanged'
  const verdict = await deps.verifyPassword(password, user.passwordHash)
  return verdict === 'mismatch' ? 'changed' : 'unchanged'
}
