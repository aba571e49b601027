import type { Authenticator } from './authenticator.js'
import type { BadCredential, Caller } from './caller.js'

export type ApiKeyOptions = {
  /** Proves an API key. Synchronous for a key that is known already. */
  verifyApiKey: (key: string) => Caller | BadCredential | Promise<Caller | BadCredential>
}

const severalKeys: BadCredential = Object.freeze({
  error: 'invalid_request',
  description: 'More than one X-API-Key header was sent.',
})

/** Reads `X-API-Key: ...`, for programs that cannot set `Authorization`. */
export function createApiKeyAuthenticator({ verifyApiKey }: ApiKeyOptions): Authenticator {
  return ({ headers }) => {
    const key = headers['x-api-key']
    if (key === undefined) return null
    // Node joins repeated headers of this kind with commas; no key has one.
    if (Array.isArray(key) || key.includes(',')) return severalKeys
    return verifyApiKey(key)
  }
}
