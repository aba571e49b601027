/**
 * What can be taken away. `user`, `client` and `everyone` end what was derived before the event; `session` and `key`
 * are ends for good. `client` is a service client or an API key; `key` is a signing key (its `kid`).
 */
export type RevocationKind = 'session' | 'user' | 'client' | 'key' | 'everyone'

/**
 * A place in the log of revocations: microseconds since 1970 by the clock of the database, made strictly increasing in
 * the order of commits. A safe integer until the year 2255.
 */
export type Position = number

/** A row of `revocation_events`. */
export type RevocationEvent = {
  position: Position
  kind: RevocationKind
  /** The id that `kind` says; empty for everyone. */
  subject: string
}

/** What a replica learns from one look at the log. */
export type Reading = {
  /** Everything before it is forgotten: what is older than it must be taken as revoked. */
  horizon: Position
  /** The events after the position that was asked for, in order; of very many the first ones. */
  events: readonly (readonly [position: Position, kind: RevocationKind, subject: string])[]
}

/** What a credential rests on. An access token is one; so is a row of API keys that a replica remembers. */
export type Revocable = {
  readonly userId: string | null
  readonly sessionId: string | null
  readonly clientId: string
  /** The key that signed it; null where nothing is signed. */
  readonly keyId: string | null
  /** The position of the log, read before the rights that this credential carries were read. */
  readonly asOf: Position
}

/** `unknown`: the log could not be read, so that neither can be said. Answer 503, never 401. */
export type Standing = 'ok' | 'revoked' | 'unknown'

export type RevocationTiming = {
  /** How often a replica looks at the log when nobody wakes it. */
  pollMs: number
  /** How long the answer to one look may be trusted, from before it was sent. The same on all replicas. */
  leaseMs: number
  /** How long a look may take before its connection counts as lost. */
  deadlineMs: number
  /** How long events are kept: longer than any credential lives without being derived anew. */
  retentionSeconds: number
}

/** `retentionSeconds` for access tokens of up to 50 minutes, with room for clocks that differ. */
export const defaultTiming: RevocationTiming = {
  pollMs: 500,
  leaseMs: 4000,
  deadlineMs: 1000,
  retentionSeconds: 3600,
}
