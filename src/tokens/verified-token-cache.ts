import { hash } from 'node:crypto'
import type { VerifiedAccessToken } from './access-token.js'

/**
 * Remembers tokens that passed, by their SHA-256, so that a dump of the memory holds no token. Bounded: the entry that
 * came first leaves first. Refused tokens are not kept, so that nobody can fill it with them.
 */
export function createVerifiedTokenCache({ size }: { size: number }) {
  const entries = new Map<string, VerifiedAccessToken>()

  return {
    keyOf: (token: string): string => hash('sha256', token, 'base64url'),

    find(key: string, nowMs: number): VerifiedAccessToken | undefined {
      const entry = entries.get(key)
      if (entry === undefined || nowMs < entry.expiresAtSeconds * 1000) return entry
      entries.delete(key)
      return undefined
    },

    add(key: string, token: VerifiedAccessToken): void {
      const [oldest] = entries.size >= size ? entries.keys() : []
      if (oldest !== undefined) entries.delete(oldest)
      entries.set(key, token)
    },
  }
}
