import { type EntityManager, IsNull, MoreThan } from 'typeorm'
import { AppError } from '../errors.js'
import { type EndAll, endAllSessions, endOwnSession } from './end-sessions.js'
import { endSessionOfToken, type TokenToEnd } from './end-session-of-token.js'
import { issueSession, type NewSession } from './issue-session.js'
import { type Credentials, type Login, login, type ProvenUser, proveUser } from './login.js'
import { type Refresh, refresh } from './refresh-session.js'
import type { SessionDependencies } from './session-dependencies.js'
import { sessionTable } from './session-table.js'
import type { EndedBy, Session } from './session.js'

export type SessionService = ReturnType<typeof createSessionService>

/** A session of a user, named by both: a stranger's session is no session. */
export type OwnSession = EndedBy & { userId: string; sessionId: string }

/** null: the caller belongs to no session. */
export type OthersThan = EndedBy & { userId: string; sessionId: string | null }

/** A list is for people: nobody reads further, and `revokeOtherSessions` reaches all of them. */
const listedSessions = 100

/** Sign-in, refresh and the end of sessions. `docs/refresh.md` says what is promised, and under which faults. */
export function createSessionService(deps: SessionDependencies) {
  return {
    login: (request: Login) => login(deps, request),
    proveUser: <T>(credentials: Credentials, then: (tx: EntityManager, user: ProvenUser) => Promise<T>) =>
      proveUser(deps, credentials, then),
    refresh: (request: Refresh) => refresh(deps, request),
    issueSession: (tx: EntityManager, session: NewSession) => issueSession(deps, tx, session),

    /** The live sessions of a user, the one used last first; 100 at most. */
    list(userId: string): Promise<Session[]> {
      return deps.db.find(sessionTable, {
        where: { userId, endedAt: IsNull(), expiresAt: MoreThan(deps.now()) },
        order: { lastUsedAt: 'DESC', id: 'DESC' },
        take: listedSessions,
      })
    },

    /**
     * For who gives something out that outlives the session, held to the end of the transaction: whoever ends the session
     * comes before, and nothing is given out, or after. Callers without a session pass.
     * @throws AppError UNAUTHENTICATED
     */
    async requireLive(tx: EntityManager, id: string | null): Promise<void> {
      if (id === null) return
      const held = await tx.query<object[]>(
        'SELECT id FROM sessions WHERE id = $1 AND ended_at IS NULL FOR SHARE',
        [id],
      )
      if (held.length === 0) throw new AppError('UNAUTHENTICATED')
    },

    /** Afterwards the session has ended, whether or not it had before (as RFC 7009 2.2 has it for tokens). */
    async logout(own: OwnSession): Promise<void> {
      await endOwnSession(deps, { ...own, reason: 'logout' })
    },

    /** For what shows that the session is in wrong hands. */
    async endReplayedSession(own: OwnSession): Promise<void> {
      await endOwnSession(deps, { ...own, reason: 'replayed' })
    },

    endSessionOfToken: (token: TokenToEnd) => endSessionOfToken(deps, token, 'logout'),
    /** For tokens that were made and not handed out. */
    discardSession: (token: TokenToEnd) => endSessionOfToken(deps, token, 'discarded'),

    /** @throws AppError NOT_FOUND, for a stranger's session too */
    async revokeSession(own: OwnSession): Promise<void> {
      const result = await endOwnSession(deps, { ...own, reason: 'revoked' })
      if (result === 'missing')
        throw new AppError('NOT_FOUND', { message: 'There is no session with this id.' })
    },

    /** Ends all sessions of the user but this one (null: all). Returns how many ended. */
    async revokeOtherSessions({ userId, sessionId, ...by }: OthersThan): Promise<number> {
      const others = { ...by, except: sessionId, reason: 'revoked' } as const
      const count = await deps.db.transaction((tx) => endAllSessions(deps, tx, userId, others))
      await deps.revocationsSettled()
      return count
    },

    endAllSessions: (tx: EntityManager, userId: string, which: EndAll) =>
      endAllSessions(deps, tx, userId, which),
  }
}
