import { theServer } from '../authentication/actor.js'
import type { NewAuditEvent } from './audit-event.js'

/** By a command: nobody has signed in for it. */
export function keyCompromisedEvent(keyId: string): NewAuditEvent {
  return { ...theServer, action: 'key.compromised', subjectId: keyId, result: 'success', details: {} }
}
