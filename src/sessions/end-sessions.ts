import { type EntityManager, IsNull } from 'typeorm'
import { isUuid } from '../uuid.js'
import type { SessionDependencies } from './session-dependencies.js'
import { sessionTable } from './session-table.js'
import { ending, type EndedBy, type EndReason, mayBeLive, type Session } from './session.js'

export type Ending = EndedBy & { reason: EndReason; at: Date }

/** Ends a session whose row is locked: its refresh tokens at once, its access tokens by the trigger of the table. */
export async function endSession(
  deps: Pick<SessionDependencies, 'recordAudit'>,
  tx: EntityManager,
  session: Pick<Session, 'id' | 'userId' | 'expiresAt'>,
  { reason, at, credentialId = null, ...by }: Ending,
): Promise<void> {
  const { id: sessionId, userId } = session
  await tx.update(sessionTable, { id: sessionId }, ending(session, reason, at))
  await deps.recordAudit(tx, { ...by, credentialId, action: 'session.ended', userId, sessionId, reason })
}

/** `except`: the one that goes on; null where none does. */
export type EndAll = EndedBy & { except: string | null; reason: EndReason }

/**
 * Ends the live sessions of a user, in a transaction of the caller's, who has changed or locked the user's row before:
 * then no sign-in can slip through. The caller also waits, after the commit, until the revocations are settled.
 * Returns how many ended.
 */
export async function endAllSessions(
  deps: SessionDependencies,
  tx: EntityManager,
  userId: string,
  { except, ...by }: EndAll,
): Promise<number> {
  const at = deps.now()
  const sessions = await tx.find(sessionTable, {
    where: { userId, endedAt: IsNull() },
    order: { id: 'ASC' }, // always the same order of locks, so that two who end all sessions cannot lock each other out
    lock: { mode: 'pessimistic_write' },
  })
  const ended = sessions.filter((session) => session.id !== except && mayBeLive(session, at))
  for (const session of ended) await endSession(deps, tx, session, { ...by, at })
  return ended.length
}

export type EndOne = EndedBy & { userId: string; sessionId: string; reason: EndReason }

/** Ends one live session of a user. `missing`: it has ended, never was or is somebody else's, deliberately one answer. */
export async function endOwnSession(
  deps: SessionDependencies,
  { userId, sessionId, ...by }: EndOne,
): Promise<'ended' | 'missing'> {
  if (!isUuid(sessionId)) return 'missing'
  const result = await deps.db.transaction(async (tx) => {
    const session = await tx.findOne(sessionTable, {
      where: { id: sessionId, userId },
      lock: { mode: 'pessimistic_write' },
    })
    const at = deps.now()
    if (session === null || !mayBeLive(session, at)) return 'missing'
    await endSession(deps, tx, session, { ...by, at })
    return 'ended'
  })
  if (result === 'ended') await deps.revocationsSettled()
  return result
}
