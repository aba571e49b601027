import type { EntityManager } from 'typeorm'
import type { LoginLimiter } from '../login-limits/login-limiter.js'
import type { Asker } from '../passwords/password-hasher.js'
import type { ExpandScopes } from './granted-scopes.js'
import type { EndedBy, EndReason, RequestOrigin, SessionLifetime } from './session.js'

export type LoginUser = { id: string; passwordHash: string; disabledAt: Date | null }

export type Rights = {
  /** As granted. */
  scopes: readonly string[]
  /** The place in the log of revocations as of which they are: what is lost later counts. */
  asOf: number
}

export type AccessTokenRequest = {
  userId: string
  sessionId: string
  clientId: string
  scopes: readonly string[]
  /** When the user proved who they are. */
  authTime: Date
  /** The place in the log of revocations as of which this token has its rights. */
  asOf: number
}

export type AccessToken = { token: string; expiresInSeconds: number }

/** What sessions tell the audit log. Everything that was done is written in the transaction that did it. */
export type SessionAuditEvent = RequestOrigin &
  (
    | { action: 'session.started'; userId: string; sessionId: string; clientId: string }
    | (EndedBy & { action: 'session.ended'; userId: string; sessionId: string; reason: EndReason })
    | { action: 'session.refused'; userId: string }
  )

/**
 * What sessions need from the rest of the system. Whatever is given a `tx` does its SQL there and on no other
 * connection: a session's row is locked meanwhile, and waiting for a second connection while others wait for the row
 * would empty the pool.
 */
export type SessionDependencies = {
  db: EntityManager
  now: () => Date
  randomBytes: (size: number) => Buffer
  lifetime: SessionLifetime

  findUserForLogin(email: string): Promise<LoginUser | null>
  /** The user as of now, held (FOR SHARE) until the end of the transaction: neither disabled nor changed meanwhile. */
  lockUserForLogin(tx: EntityManager, userId: string): Promise<LoginUser | null>
  /** The same amount of work whatever comes; a null hash never matches. */
  verifyPassword(
    password: string,
    storedHash: string | null,
    asker: Asker,
  ): Promise<'match' | 'match-outdated' | 'mismatch'>
  loginLimiter: LoginLimiter
  /** Hashes with today's parameters, and stores that only while the user still has `outdatedHash`. */
  replacePasswordHash(
    userId: string,
    passwords: { password: string; outdatedHash: string },
    asker: Asker,
  ): Promise<void>
  /** Told why that failed. The user is signed in all the same. */
  onRehashFailure(error: unknown): void

  /** What the roles of this user give now; null for a user who is disabled or gone. Takes no locks. */
  rightsOfUser(tx: EntityManager, userId: string): Promise<Rights | null>
  expandScopes: ExpandScopes
  /** Synchronous, so that it cannot wait for anybody while the row is locked. */
  signAccessToken(request: AccessTokenRequest): AccessToken

  recordAudit(tx: EntityManager, event: SessionAuditEvent): Promise<void>
  /** After a commit: resolves when no replica accepts access tokens of the sessions that have ended. */
  revocationsSettled(): Promise<void>
}
