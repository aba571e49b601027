import { randomBytes } from 'node:crypto'
import { createAccessTokenSigner } from '../../src/tokens/access-token-signer.js'
import type { AccessTokenVerifierOptions } from '../../src/tokens/access-token-verifier.js'
import { createAccessTokenVerifier } from '../../src/tokens/access-token-verifier.js'
import type { KeyMaterial, SigningAlgorithm } from '../../src/tokens/key-material.js'
import { generateKeyMaterial } from '../../src/tokens/key-material.js'

export const issuer = 'https://api.example.com'
export const audience = 'https://api.example.com/graphql'

export const request = {
  userId: '7f8f0a51-0f55-4a0c-9f6b-0e3f6f2b1a11',
  sessionId: 'b6f1b1f0-6c1e-4a55-8a4e-4f3c2d1e0f99',
  clientId: 'fieldgate',
  scopes: ['users:read', 'users:email'],
  authTime: new Date('2026-01-01T11:00:00Z'),
  asOf: 1_767_268_800_000_000,
}

/** A clock that stands still until it is told to move. */
export function createClock(start = '2026-01-01T12:00:00Z') {
  let ms = Date.parse(start)
  return {
    now: () => new Date(ms),
    advanceSeconds: (seconds: number) => {
      ms += seconds * 1000
    },
  }
}

/** Keys in memory, the first of which signs. Counts how often it is asked to reload. */
export function createFixedKeys(keys: KeyMaterial[]) {
  let reloads = 0
  const find = (keyId: string) => keys.find((key) => key.keyId === keyId)
  return {
    find,
    findAfterReload: async (keyId: string) => {
      reloads += 1
      return find(keyId)
    },
    current: () => {
      const [first] = keys
      if (first === undefined) throw new Error('no key')
      return first
    },
    remove: (keyId: string) =>
      keys.splice(
        keys.findIndex((key) => key.keyId === keyId),
        1,
      ),
    add: (key: KeyMaterial) => keys.unshift(key),
    reloads: () => reloads,
  }
}

/** A signer and a verifier over one key, on one clock. */
export async function createTokenWorld(
  algorithm: SigningAlgorithm = 'ES256',
  options: Partial<AccessTokenVerifierOptions> = {},
) {
  const clock = createClock()
  const key = await generateKeyMaterial(algorithm)
  const keys = createFixedKeys([key])
  const { now } = clock
  const sign = createAccessTokenSigner({ issuer, audience, accessTokenSeconds: 300, keys, now, randomBytes })
  const verifier = createAccessTokenVerifier({ issuer, audience, keys, now, ...options })
  return { clock, key, keys, sign, verifier }
}
