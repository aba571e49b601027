import { endSession } from './end-sessions.js'
import { parseRefreshToken } from './refresh-token.js'
import type { SessionDependencies } from './session-dependencies.js'
import { sessionTable } from './session-table.js'
import { type EndedBy, mayBeLive, phaseOf } from './session.js'

export type TokenToEnd = EndedBy & { refreshToken: string; clientId: string }

/**
 * Ends the session of a refresh token, of whatever age: whoever has one of a family may end it (RFC 7009 2.1). Does
 * nothing for what is no refresh token of this client's, and for a session that has ended. `foreign`: another client
 * could exchange it now. What that client has used up already is `missing` like what never was one.
 */
export async function endSessionOfToken(
  deps: SessionDependencies,
  { refreshToken, clientId, ...by }: TokenToEnd,
  reason: 'logout' | 'discarded',
): Promise<'ended' | 'missing' | 'foreign'> {
  const shown = parseRefreshToken(refreshToken)
  if (shown === null) return 'missing'
  const result = await deps.db.transaction(async (tx) => {
    const session = await tx.findOne(sessionTable, {
      where: { familyHash: shown.familyHash },
      lock: { mode: 'pessimistic_write' },
    })
    const at = deps.now()
    if (session === null || !mayBeLive(session, at)) return 'missing'
    if (session.clientId !== clientId) {
      const isGood = session.tokenHash.equals(shown.tokenHash) && phaseOf(session, at) === 'live'
      return isGood ? 'foreign' : 'missing'
    }
    await endSession(deps, tx, session, { ...by, reason, at })
    return 'ended'
  })
  if (result === 'ended') await deps.revocationsSettled()
  return result
}
