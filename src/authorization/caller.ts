/** Who is calling. Immutable: a change of rights is a new caller, never a changed one. */
export type Caller = {
  readonly id: string
  /** As granted; the engine expands `implies`. */
  readonly scopes: ReadonlySet<string> | readonly string[]
}

/** A credential was sent and is not acceptable (RFC 6750 3.1). Never treated as anonymous. */
export type BadCredential = {
  readonly error: 'invalid_token' | 'invalid_request'
  readonly description: string
}

export type Credential = Caller | BadCredential | null | undefined

export function isBadCredential(credential: Credential): credential is BadCredential {
  try {
    return typeof credential === 'object' && credential !== null && 'error' in credential
  } catch {
    // What cannot be looked at is no credential of any kind.
    return false
  }
}

/** A copy of a bad credential that is safe to tell a client about, whatever code without types has put into it. */
export function badCredentialOf(credential: Credential): BadCredential | null {
  if (!isBadCredential(credential)) return null
  try {
    const { error, description }: { readonly error: unknown; readonly description?: unknown } = credential
    return {
      error: error === 'invalid_request' ? error : 'invalid_token',
      description: typeof description === 'string' ? description : '',
    }
  } catch {
    return { error: 'invalid_token', description: '' }
  }
}

/** What code without types may hand over (a promise, a string of scopes, no id) is not a caller. */
export function isCaller(credential: Credential): credential is Caller {
  if (typeof credential !== 'object' || credential === null || isBadCredential(credential)) return false
  try {
    const { id, scopes }: { readonly id?: unknown; readonly scopes?: unknown } = credential
    const named = (typeof id === 'string' && id !== '') || typeof id === 'number'
    return named && (Array.isArray(scopes) || scopes instanceof Set)
  } catch {
    return false
  }
}
