import type { NewAuditEvent } from './audit-event.js'

/** By a command, so by nobody who has signed in. */
export function keyCompromisedEvent(keyId: string): NewAuditEvent {
  const origin = { actorId: null, address: null, requestId: null }
  return { ...origin, action: 'key.compromised', subjectId: keyId, result: 'success', details: {} }
}
