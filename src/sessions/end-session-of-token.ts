import { endSession } from './end-sessions.js'
import { parseRefreshToken } from './refresh-token.js'
import type { SessionDependencies } from './session-dependencies.js'
import { sessionTable } from './session-table.js'
import { type EndedBy, mayBeLive } from './session.js'

export type TokenToEnd = EndedBy & { refreshToken: string; clientId: string }

/**
 * Ends the session of a refresh token, of whatever age: whoever has one of a family may end it (RFC 7009 2.1). Does
 * nothing for what is no refresh token of this client's, and for a session that has ended.
 */
export async function endSessionOfToken(
  deps: SessionDependencies,
  { refreshToken, clientId, ...by }: TokenToEnd,
  reason: 'logout' | 'discarded',
): Promise<void> {
  const shown = parseRefreshToken(refreshToken)
  if (shown === null) return
  const result = await deps.db.transaction(async (tx) => {
    const session = await tx.findOne(sessionTable, {
      where: { familyHash: shown.familyHash, clientId },
      lock: { mode: 'pessimistic_write' },
    })
    const at = deps.now()
    if (session === null || !mayBeLive(session, at)) return 'missing'
    await endSession(deps, tx, session, { ...by, reason, at })
    return 'ended'
  })
  if (result === 'ended') await deps.revocationsSettled()
}
