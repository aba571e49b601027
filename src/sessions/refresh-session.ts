import type { EntityManager } from 'typeorm'
import { AppError } from '../errors.js'
import { endSession } from './end-sessions.js'
import { openReply, sealReply } from './grace-reply.js'
import { grantedScopes } from './granted-scopes.js'
import { requireScopes, type SessionTokens, tokensFor } from './issue-session.js'
import { refreshAction, rotation } from './refresh.js'
import { parseRefreshToken, type RefreshToken, succeed } from './refresh-token.js'
import type { SessionDependencies } from './session-dependencies.js'
import { lockFamily, type RefreshedSession, writeRotation } from './session-rows.js'
import { type Origin, requestOrigin } from './session.js'

export type Refresh = {
  refreshToken: string
  /** RFC 6749 6: a refresh token is bound to the client it was issued to. */
  clientId: string
  /** What the client may have now at most; null or left out for one that may have what its users have. */
  clientScopes?: readonly string[] | null
  origin: Origin
}

/**
 * Runs the refresh machine under the lock of the session's row: of all who show a token, one at a time.
 * @throws AppError INVALID_GRANT; INVALID_SCOPE where the roles leave nothing, and the token stays good
 */
export async function refresh(deps: SessionDependencies, request: Refresh): Promise<SessionTokens> {
  const shown = parseRefreshToken(request.refreshToken)
  if (shown === null) throw new AppError('INVALID_GRANT')
  // A refusal is a result here and an error only after the commit: ending a family must not be rolled back.
  const result = await deps.db.transaction((tx) => answer(deps, tx, shown, request))
  if (result === 'ended') await deps.revocationsSettled()
  if (result === 'ended' || result === 'refused') throw new AppError('INVALID_GRANT')
  return result
}

async function answer(
  deps: SessionDependencies,
  tx: EntityManager,
  shown: RefreshToken,
  { clientId, clientScopes = null, origin }: Refresh,
): Promise<SessionTokens | 'refused' | 'ended'> {
  const session = await lockFamily(tx, shown.familyHash)
  if (session === null || session.clientId !== clientId) return 'refused'

  const at = deps.now()
  const action = refreshAction(session, shown.tokenHash, at, deps.lifetime)
  if (action === 'refuse') return 'refused'
  if (action === 'end') {
    await endSession(deps, tx, session, { reason: 'replayed', at, ...requestOrigin(origin) })
    return 'ended'
  }

  const rights = await deps.rightsOfUser(tx, session.userId)
  if (rights === null) return 'refused'
  const allowed = grantedScopes(clientScopes, rights.scopes, deps.expandScopes)
  const scopes = requireScopes(
    grantedScopes(session.scopeCeiling, allowed, deps.expandScopes),
    session.scopeCeiling,
  )
  const refreshToken =
    action === 'rotate'
      ? await rotate(deps, tx, { session, shown, scopes, at, address: origin.clientAddress })
      : repeat(session, shown)
  // Before the commit: where signing fails, the token that was shown stays the current one.
  return tokensFor(deps, session, { scopes, asOf: rights.asOf, refreshToken })
}

type Rotation = {
  session: RefreshedSession
  shown: RefreshToken
  scopes: string[]
  at: Date
  address: string | null
}

async function rotate(
  deps: SessionDependencies,
  tx: EntityManager,
  { session, shown, scopes, at, address }: Rotation,
): Promise<string> {
  const { token, tokenHash } = succeed(shown, deps.randomBytes)
  const place = { sessionId: session.id, generation: session.generation + 1 }
  const sealedReply = sealReply(token, shown.token, place, deps.randomBytes)
  const change = rotation(session, { tokenHash, sealedReply, scopes, address }, at, deps.lifetime)
  await writeRotation(tx, session.id, change)
  return token
}

// The successor stays the same; the access token is made anew, since rights may have changed in between.
function repeat(session: RefreshedSession, shown: RefreshToken): string {
  if (session.sealedReply === null) throw new Error(`Session ${session.id} was rotated and keeps no reply`)
  return openReply(session.sealedReply, shown.token, {
    sessionId: session.id,
    generation: session.generation,
  })
}
