import { createHash } from 'node:crypto'
import type { KeyMaterial } from './key-material.js'

/** What `/.well-known/jwks.json` answers. */
export type JwksDocument = {
  /** RFC 7517 5: a JWK Set, as JSON. */
  body: string
  /** Strong (RFC 9110 8.8.3), quotes included. */
  etag: string
  maxAgeSeconds: number
}

/** How long others may believe a JWK Set. Keys are published for longer than that before they sign. */
export const jwksMaxAgeSeconds = 300

/** Public parts alone, and nothing of symmetric keys: their public part is the secret. */
export function buildJwks(
  keys: readonly Pick<KeyMaterial, 'keyId' | 'algorithm' | 'publicJwk'>[],
): JwksDocument {
  const published = keys
    .filter(({ publicJwk }) => publicJwk !== null)
    .map(({ keyId, algorithm, publicJwk }) => ({ ...publicJwk, use: 'sig', alg: algorithm, kid: keyId }))
    .toSorted((a, b) => (a.kid < b.kid ? -1 : 1))
  const body = JSON.stringify({ keys: published })
  const etag = `"${createHash('sha256').update(body).digest('base64url')}"`
  return { body, etag, maxAgeSeconds: jwksMaxAgeSeconds }
}
