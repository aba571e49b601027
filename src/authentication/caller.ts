/** Who is calling, as proven by a credential. Frozen: a request cannot widen its own rights. */
export type Caller = {
  /** The user's id; for a service client, the client's id. */
  readonly id: string
  /** As granted; the engine expands what they imply. */
  readonly scopes: readonly string[]
  /** The session that the credential belongs to; null for API keys and service clients. */
  readonly sessionId: string | null
  readonly clientId: string
  /** The end of this proof: after it the credential is refused. */
  readonly expiresAt: Date
}

/** A credential that proves nothing. Never treated as no credential at all. The codes are those of RFC 6750 3.1. */
export type BadCredential = {
  readonly error: 'invalid_token' | 'invalid_request'
  readonly description: string
}

export function isCaller(value: Caller | BadCredential | null): value is Caller {
  return value !== null && 'id' in value
}
