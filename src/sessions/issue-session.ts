import { randomUUID } from 'node:crypto'
import type { EntityManager } from 'typeorm'
import { AppError } from '../errors.js'
import { deviceName } from './device.js'
import { grantedScopes, scopeCeiling } from './granted-scopes.js'
import { createRefreshToken } from './refresh-token.js'
import { insertSession } from './session-rows.js'
import { expiryOf, type Origin, requestOrigin, type Session } from './session.js'
import type { Rights, SessionDependencies } from './session-dependencies.js'

export type NewSession = {
  userId: string
  clientId: string
  /** null: none asked for, so whatever the roles give, at each refresh. */
  scopes: readonly string[] | null
  /** When the user proved who they are. */
  authenticatedAt: Date
  origin: Origin
}

/** What a client gets at sign-in and at each refresh (RFC 6749 5.1). */
export type SessionTokens = {
  accessToken: string
  refreshToken: string
  expiresInSeconds: number
  scopes: readonly string[]
  sessionId: string
  userId: string
}

/**
 * Starts a session for a user who has proven who they are, however: the seam between sessions and the ways to sign in.
 * Belongs in the transaction that makes sure of that proof (user locked, authorization code used up).
 * @throws AppError INVALID_SCOPE; INVALID_GRANT for a user who is disabled or gone
 */
export async function issueSession(
  deps: SessionDependencies,
  tx: EntityManager,
  session: NewSession,
): Promise<SessionTokens> {
  return startSession(deps, tx, session, await deps.rightsOfUser(tx, session.userId))
}

/** The same for who has read the rights in this transaction. @throws AppError as `issueSession` */
export async function startSession(
  deps: SessionDependencies,
  tx: EntityManager,
  { userId, clientId, scopes: asked, authenticatedAt, origin }: NewSession,
  rights: Rights | null,
): Promise<SessionTokens> {
  if (rights === null) throw new AppError('INVALID_GRANT')
  const ceiling = asked && scopeCeiling(asked, deps.expandScopes)
  const scopes = requireScopes(grantedScopes(ceiling, rights.scopes, deps.expandScopes), ceiling)

  const { token: refreshToken, familyHash, tokenHash } = createRefreshToken(deps.randomBytes)
  const at = deps.now()
  const session = {
    id: randomUUID(),
    userId,
    clientId,
    scopeCeiling: ceiling,
    scopes,
    device: deviceName(origin.userAgent),
    address: origin.clientAddress,
    generation: 0,
    familyHash,
    tokenHash,
    authenticatedAt,
    createdAt: at,
    lastUsedAt: at,
    expiresAt: expiryOf(at, at, deps.lifetime),
  }
  const started = { action: 'session.started', userId, sessionId: session.id, clientId } as const
  await Promise.all([
    insertSession(tx, session),
    deps.recordAudit(tx, { ...started, ...requestOrigin(origin) }),
  ])
  return tokensFor(deps, session, { scopes, asOf: rights.asOf, refreshToken })
}

/** RFC 6749 5.2: a session with no right at all is refused with `invalid_scope`. */
/** @throws AppError INVALID_SCOPE. `ceiling`: what was asked for; null where nothing was */
export function requireScopes(scopes: string[], ceiling: readonly string[] | null): string[] {
  if (scopes.length > 0) return scopes
  if (ceiling !== null) throw new AppError('INVALID_SCOPE')
  throw new AppError('INVALID_SCOPE', {
    message: 'This user has no role that grants a scope. An administrator can give one, with setUserRoles.',
  })
}

export function tokensFor(
  deps: Pick<SessionDependencies, 'signAccessToken'>,
  { id, userId, clientId, authenticatedAt }: Pick<Session, 'id' | 'userId' | 'clientId' | 'authenticatedAt'>,
  { scopes, asOf, refreshToken }: { scopes: readonly string[]; asOf: number; refreshToken: string },
): SessionTokens {
  const { token, expiresInSeconds } = deps.signAccessToken({
    userId,
    sessionId: id,
    clientId,
    scopes,
    authTime: authenticatedAt,
    asOf,
  })
  return { accessToken: token, refreshToken, expiresInSeconds, scopes, sessionId: id, userId }
}
