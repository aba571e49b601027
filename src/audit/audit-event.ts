/**
 * The vocabulary of the audit log: every action, named noun.verb-past, with the details that it brings. Details are
 * ids and names of things, never tokens, passwords, names of people or e-mail addresses.
 *
 * A domain of one's own adds its actions by declaration merging.
 */
export interface AuditActions {
  'login.refused': NoDetails
  'login.limited': { limit: string }
  'session.started': { sessionId: string; clientId: string }
  'session.ended': { sessionId: string; reason: string }
  'session.refused': NoDetails
  'key.compromised': NoDetails
  'user.registered': NoDetails
  'user.created': { roles: readonly string[] }
  'user.updated': { fields: readonly string[] }
  'user.disabled': NoDetails
  'user.enabled': NoDetails
  /** How many of each; every one has an event of its own besides. */
  'user.credentials-revoked': { sessions: string; apiKeys: string }
  'password.changed': NoDetails
  'password.reset': NoDetails
  'roles.assigned': { given: readonly string[]; taken: readonly string[] }
}

export type NoDetails = Readonly<Record<string, never>>
export type AuditAction = keyof AuditActions
export type AuditDetails = Readonly<Record<string, string | readonly string[]>>
export type AuditResult = 'success' | 'refused'

/** Who did it and from where: what a service is told of the request that it serves. */
export type AuditOrigin = {
  /** The user or the service client; null for the server itself and for somebody who did not sign in. */
  actorId: string | null
  /** The session or API key that they came with, for a service client the client. Kept among the details. */
  credentialId: string | null
  address: string | null
  requestId: string | null
}

/** What was done, on whom, and how it ended. */
export type NewAuditEvent = {
  [Action in AuditAction]: AuditOrigin & {
    action: Action
    /** The user whom it concerns; for things that belong to nobody, the thing. */
    subjectId: string | null
    result: AuditResult
    details: AuditActions[Action]
  }
}[AuditAction]

/** An event as it is read. Its action is text: a log outlives the build that wrote it. */
export type AuditEvent = Omit<AuditOrigin, 'credentialId'> & {
  id: string
  createdAt: Date
  action: string
  subjectId: string | null
  result: AuditResult
  details: AuditDetails
}
