/** Why a session ended before its time. */
export type EndReason = 'logout' | 'revoked' | 'replayed' | 'password_changed' | 'user_disabled' | 'discarded'

/** One sign-in of one user, and the family of all refresh tokens that descend from it. A row of `sessions`. */
export type Session = {
  id: string
  userId: string
  /** The OAuth client that the tokens are bound to. */
  clientId: string
  /** The scopes asked for at sign-in, which no refresh exceeds; null: none asked, so whatever the roles give. */
  scopeCeiling: string[] | null
  /** As granted at sign-in or at the last rotation. */
  scopes: string[]
  /** Named from the user agent at sign-in; null where that says nothing. */
  device: string | null
  /** Where it was last used from. */
  address: string | null
  /** 0 at sign-in, one more with each rotation. */
  generation: number
  /** SHA-256 of what all tokens of the family have in common. */
  familyHash: Buffer
  /** SHA-256 of the only refresh token that can be exchanged. */
  tokenHash: Buffer
  /** The token before that, its answer for a client that lost it, and when it was exchanged: null together, at generation 0. */
  previousTokenHash: Buffer | null
  sealedReply: Buffer | null
  rotatedAt: Date | null
  /** When the user proved who they are (RFC 9068 2.2.1: auth_time). */
  authenticatedAt: Date
  createdAt: Date
  lastUsedAt: Date
  /** The nearer one of the idle and the absolute end; for an ended session not after `endedAt`. */
  expiresAt: Date
  endedAt: Date | null
  endReason: EndReason | null
}

export type SessionLifetime = {
  /** How long a session lives without a refresh. */
  idleSeconds: number
  /** How long a session lives however often it is refreshed. */
  absoluteSeconds: number
  /** How long a lost answer can be had again. */
  graceSeconds: number
}

/** Where a request comes from, as far as a session and the audit log remember it. */
export type Origin = { clientAddress: string | null; userAgent: string | null; requestId: string | null }

/** The same in the words of the audit log. Nulls where no request is served. */
export type RequestOrigin = { address: string | null; requestId: string | null }

export function requestOrigin({ clientAddress, requestId }: Omit<Origin, 'userAgent'>): RequestOrigin {
  return { address: clientAddress, requestId }
}

/** Who ends a session, as far as the audit log remembers it. */
export type EndedBy = RequestOrigin & {
  /** Left out where it is the user, or by the reason nobody who is known. */
  actorId?: string | null
  /** Of the caller who asks for it. Left out where nobody does, or a token of the session itself is proof enough. */
  credentialId?: string | null
}

export type SessionPhase = 'live' | 'expired' | 'ended'

export function phaseOf(session: Pick<Session, 'endedAt' | 'expiresAt'>, at: Date): SessionPhase {
  if (session.endedAt !== null) return 'ended'
  return at < session.expiresAt ? 'live' : 'expired'
}

/** How far the clocks of replicas, and of a replica before and after a restart, may be apart. */
const clockSkewSeconds = 300

/** For who ends a session: that it has expired by our clock does not stop a replica whose clock is behind. */
export function mayBeLive({ endedAt, expiresAt }: Pick<Session, 'endedAt' | 'expiresAt'>, at: Date): boolean {
  return endedAt === null && at.getTime() < expiresAt.getTime() + clockSkewSeconds * 1000
}

/** When a session that was used at `usedAt` expires unless it is used again. */
export function expiryOf(createdAt: Date, usedAt: Date, lifetime: SessionLifetime): Date {
  const idleEnd = usedAt.getTime() + lifetime.idleSeconds * 1000
  const absoluteEnd = createdAt.getTime() + lifetime.absoluteSeconds * 1000
  return new Date(Math.min(idleEnd, absoluteEnd))
}

/** What ending changes. `expiresAt` comes along, so that one index finds all rows that are of no more use. */
export function ending(session: Pick<Session, 'expiresAt'>, reason: EndReason, at: Date) {
  return { endedAt: at, endReason: reason, expiresAt: at < session.expiresAt ? at : session.expiresAt }
}
