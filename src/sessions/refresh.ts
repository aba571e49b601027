import type { Session, SessionLifetime, SessionPhase } from './session.js'
import { expiryOf, phaseOf } from './session.js'

/** What a refresh token of a family is, at the moment it is shown. */
export type TokenStanding =
  | 'current' // the newest one: nobody has exchanged it
  | 'retried' // its direct predecessor, within the grace: its answer may have been lost on the way
  | 'replayed' // anything older: two parties hold tokens of this family

/** What the server does about it. */
export type RefreshAction =
  | 'rotate' // the token is exchanged for a successor
  | 'repeat' // the same successor once more; nothing changes
  | 'end' // the family ends, access tokens included
  | 'refuse' // nothing changes

/**
 * The refresh machine. RFC 9700 4.14.2: of a token that was used twice the server cannot know which user is the
 * thief, so the whole family ends. The grace keeps lost answers and parallel tabs from looking like theft: it holds
 * only while the successor is unused, since using it makes a `retried` token a `replayed` one.
 */
export const transitions = {
  live: { current: 'rotate', retried: 'repeat', replayed: 'end' },
  expired: { current: 'refuse', retried: 'refuse', replayed: 'refuse' },
  ended: { current: 'refuse', retried: 'refuse', replayed: 'refuse' },
} as const satisfies Record<SessionPhase, Record<TokenStanding, RefreshAction>>

type RefreshState = Pick<
  Session,
  'endedAt' | 'expiresAt' | 'tokenHash' | 'previousTokenHash' | 'sealedReply' | 'rotatedAt'
>

/** `tokenHash` is of a token that carries the secret of this family; one that does not is none of its business. */
export function standingOf(
  session: RefreshState,
  tokenHash: Buffer,
  at: Date,
  { graceSeconds }: SessionLifetime,
): TokenStanding {
  if (tokenHash.equals(session.tokenHash)) return 'current'
  if (session.previousTokenHash === null || session.rotatedAt === null) return 'replayed'
  if (!tokenHash.equals(session.previousTokenHash)) return 'replayed'
  return at.getTime() < session.rotatedAt.getTime() + graceSeconds * 1000 ? 'retried' : 'replayed'
}

export function refreshAction(
  session: RefreshState,
  tokenHash: Buffer,
  at: Date,
  lifetime: SessionLifetime,
): RefreshAction {
  return transitions[phaseOf(session, at)][standingOf(session, tokenHash, at, lifetime)]
}

type Successor = { tokenHash: Buffer; sealedReply: Buffer; scopes: string[]; address: string | null }

/** What `rotate` changes in the row. */
export function rotation(
  session: Pick<Session, 'tokenHash' | 'generation' | 'createdAt'>,
  successor: Successor,
  at: Date,
  lifetime: SessionLifetime,
) {
  return {
    ...successor,
    previousTokenHash: session.tokenHash,
    generation: session.generation + 1,
    rotatedAt: at,
    lastUsedAt: at,
    expiresAt: expiryOf(session.createdAt, at, lifetime),
  }
}
