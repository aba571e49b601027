import type { EntityManager } from 'typeorm'
import { AppError } from '../errors.js'
import type { LoginAttempt } from '../login-limits/login-limiter.js'
import type { Asker } from '../passwords/password-hasher.js'
import { type SessionTokens, startSession } from './issue-session.js'
import type { LoginUser, Rights, SessionDependencies } from './session-dependencies.js'
import { type Origin, requestOrigin } from './session.js'

export type Login = {
  email: string
  password: string
  scopes: readonly string[] | null
  clientId: string
  origin: Origin
  /** Fires when the client goes away: nobody waits any more. */
  signal?: AbortSignal
}

/**
 * Signs a user in with a password.
 * @throws AppError INVALID_CREDENTIALS, INVALID_SCOPE, RATE_LIMITED; what `verifyPassword` throws
 */
export function login(
  deps: SessionDependencies,
  { scopes, clientId, ...credentials }: Login,
): Promise<SessionTokens> {
  const { origin } = credentials
  return proveUser(deps, credentials, (tx, { id: userId, rights }) => {
    const session = { userId, clientId, scopes, authenticatedAt: deps.now(), origin }
    return startSession(deps, tx, session, rights)
  })
}

export type Credentials = Pick<Login, 'email' | 'password' | 'origin' | 'signal'>

export type ProvenUser = { id: string; rights: Rights | null }

/** A hash moves to newer parameters once, by another sign-in. One that changes again is of another password. */
const mostTimes = 2

/**
 * Proves a user by password, and does `then` in the transaction that makes sure of it. Whatever is wrong with user or
 * password costs one verification and gives one answer; what else may be wrong is looked at only after a right password.
 * Where `then` throws INVALID_SCOPE, which it must before it writes, that is told to the audit log.
 * @throws AppError INVALID_CREDENTIALS, RATE_LIMITED; what `verifyPassword` and `then` throw
 */
export async function proveUser<T>(
  deps: SessionDependencies,
  { email, password, origin, signal }: Credentials,
  then: (tx: EntityManager, user: ProvenUser) => Promise<T>,
): Promise<T> {
  const attempt = deps.loginLimiter.begin({ email, ...requestOrigin(origin) })
  const asker = { address: attempt.address, signal }
  const found = await deps.findUserForLogin(email)
  let user = found
  for (let time = 1; time <= mostTimes; time += 1) {
    // In no transaction: it waits for its turn, and would keep a connection and the user's row waiting with it.
    const verdict = await deps.verifyPassword(password, user?.passwordHash ?? null, asker)
    if (user === null || user.disabledAt !== null || verdict === 'mismatch') break
    const verified = user
    const outcome = await deps.db.transaction((tx) => settleProof(deps, tx, { verified, attempt }, then))
    if (outcome.kind === 'proven') {
      if (verdict === 'match-outdated') await rehash(deps, verified, password, asker)
      return outcome.result
    }
    if (outcome.kind === 'limited' || outcome.kind === 'refused') throw outcome.refusal
    if (outcome.user === null) break
    user = outcome.user
  }
  return refuse(deps, found, attempt)
}

type Outcome<T> =
  | { kind: 'proven'; result: T }
  /** The user as of now, with another hash; null for one who may not sign in any more. */
  | { kind: 'changed'; user: LoginUser | null }
  /** The password was right, and is answered, counted and audited as a wrong one. */
  | { kind: 'limited'; refusal: AppError }
  /** Who has proven to be the user asks for what they may not have. */
  | { kind: 'refused'; refusal: AppError }

/**
 * Verifying takes long enough for the user to be disabled or the password to be changed, which ends all sessions that
 * there are then: this one must not start after them.
 */
async function settleProof<T>(
  deps: SessionDependencies,
  tx: EntityManager,
  { verified, attempt }: { verified: LoginUser; attempt: LoginAttempt },
  then: (tx: EntityManager, user: ProvenUser) => Promise<T>,
): Promise<Outcome<T>> {
  // Sent together, done one after the other in this order: the rights are read when the user is held. So each must send
  // its first statement at once.
  const [user, rights, admission] = await Promise.all([
    deps.lockUserForLogin(tx, verified.id),
    deps.rightsOfUser(tx, verified.id),
    deps.loginLimiter.admission(tx, attempt, verified.id),
  ])
  if (user === null || user.disabledAt !== null) return { kind: 'changed', user: null }
  if (user.passwordHash !== verified.passwordHash) return { kind: 'changed', user }
  if (admission.verdict === 'limited') {
    return { kind: 'limited', refusal: await countedFailure(deps, tx, attempt, verified.id) }
  }
  await deps.loginLimiter.forgetFailures(tx, admission)
  try {
    return { kind: 'proven', result: await then(tx, { id: user.id, rights }) }
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'INVALID_SCOPE') throw error
    // Committed: whoever tries passwords that were stolen elsewhere would learn which are right, and leave no trace.
    const { address, requestId } = attempt
    await deps.recordAudit(tx, { action: 'session.refused', userId: user.id, address, requestId })
    return { kind: 'refused', refusal: error }
  }
}

/** The sign-in has been committed. What fails here is done by the next one. */
async function rehash(
  deps: SessionDependencies,
  { id, passwordHash: outdatedHash }: LoginUser,
  password: string,
  { address }: Asker,
): Promise<void> {
  try {
    await deps.replacePasswordHash(id, { password, outdatedHash }, { address })
  } catch (error) {
    deps.onRehashFailure(error)
  }
}

async function refuse(
  deps: SessionDependencies,
  user: LoginUser | null,
  attempt: LoginAttempt,
): Promise<never> {
  throw await deps.db.transaction((tx) => countedFailure(deps, tx, attempt, user?.id ?? null))
}

/** Counts a failure, and returns what to answer. */
async function countedFailure(
  { loginLimiter }: SessionDependencies,
  tx: EntityManager,
  attempt: LoginAttempt,
  userId: string | null,
): Promise<AppError> {
  return (await loginLimiter.countFailure(tx, attempt, userId)) ?? new AppError('INVALID_CREDENTIALS')
}
