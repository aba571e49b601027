import type { LoginFailureEvent } from '../login-limits/login-limiter.js'
import type { SessionAuditEvent } from '../sessions/session-dependencies.js'
import type { EndReason } from '../sessions/session.js'
import type { NewAuditEvent } from './audit-event.js'

/** What sessions tell, in the words of the log. */
export function sessionAuditEvent(event: SessionAuditEvent): NewAuditEvent {
  const { userId, address, requestId } = event
  const about = { credentialId: null, subjectId: userId, address, requestId }
  if (event.action === 'session.refused') {
    return { ...about, action: 'session.refused', actorId: userId, result: 'refused', details: {} }
  }
  const { sessionId } = event
  if (event.action === 'session.started') {
    const details = { sessionId, clientId: event.clientId }
    return { ...about, action: 'session.started', actorId: userId, result: 'success', details }
  }
  const details = { sessionId, reason: event.reason }
  const { credentialId = null } = event
  return {
    ...about,
    action: 'session.ended',
    actorId: endedBy(event),
    credentialId,
    result: 'success',
    details,
  }
}

/** Whoever failed to prove to be this user is not known to be anybody. */
export function loginFailureEvent({
  userId,
  address,
  requestId,
  ...event
}: LoginFailureEvent): NewAuditEvent {
  const about = {
    actorId: null,
    credentialId: null,
    subjectId: userId,
    address,
    requestId,
    result: 'refused',
  } as const
  if (event.action === 'login.refused') return { ...about, action: 'login.refused', details: {} }
  return { ...about, action: 'login.limited', details: { limit: event.limit } }
}

const nobodysReasons: ReadonlySet<EndReason> = new Set(['replayed', 'user_disabled', 'discarded'])

function endedBy(event: Extract<SessionAuditEvent, { action: 'session.ended' }>): string | null {
  const { reason, userId, actorId } = event
  if (actorId !== undefined) return actorId
  // A replay has two possible senders, a user does not disable themselves, and what is discarded nobody ever had.
  return nobodysReasons.has(reason) ? null : userId
}
