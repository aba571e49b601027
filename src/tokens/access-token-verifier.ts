import type { InvalidToken, VerifiedAccessToken } from './access-token.js'
import { invalidToken, isAccessTokenType, readClaims } from './access-token.js'
import type { SigningAlgorithm } from './key-material.js'
import type { JwsKey, ParsedJws } from './strict-jws.js'
import { parseJws, verifySignature } from './strict-jws.js'
import { createVerifiedTokenCache } from './verified-token-cache.js'

export type VerificationKey = JwsKey & { algorithm: SigningAlgorithm }

export type VerificationKeys = {
  /** From memory. Undefined for a key that is unknown, gone or compromised. */
  find(keyId: string, nowMs: number): VerificationKey | undefined
  /** Asks the database, at a bounded rate, and looks again. */
  findAfterReload(keyId: string): Promise<VerificationKey | undefined>
}

export type AccessTokenVerifierOptions = {
  issuer: string
  audience: string
  keys: VerificationKeys
  now: () => Date
  /** How far ahead of ours the clock of the replica that issued a token may be. Expiry has no leeway. */
  leewaySeconds?: number
  /** Tokens remembered as verified. */
  cacheSize?: number
}

export type AccessTokenVerifier = {
  /** Synchronous, and throws nothing, unless the key is unknown: then it rejects where the database cannot be asked. */
  verify(token: string): VerifiedAccessToken | InvalidToken | Promise<VerifiedAccessToken | InvalidToken>
}

// Room for some 300 scopes; below what HTTP servers take as one header.
const maximumTokenCharacters = 8192

/** Proves access tokens of RFC 9068 that `createAccessTokenSigner` made, and nothing else. */
export function createAccessTokenVerifier(options: AccessTokenVerifierOptions): AccessTokenVerifier {
  const { issuer, audience, keys, now, leewaySeconds = 5, cacheSize = 10_000 } = options
  const cache = createVerifiedTokenCache({ size: cacheSize })

  function prove(token: string, jws: ParsedJws, key: VerificationKey): VerifiedAccessToken | InvalidToken {
    const { header, payload } = jws
    if (!isAccessTokenType(header.typ)) return invalidToken('The token is not an access token.')
    if (verifySignature(token, header, key) === 'forged') return invalidToken('The signature is not valid.')
    const nowSeconds = Math.floor(now().getTime() / 1000)
    const proven = readClaims(payload, header.kid, { issuer, audience, nowSeconds, leewaySeconds })
    if (!('error' in proven)) cache.add(cache.keyOf(token), proven)
    return proven
  }

  async function proveAfterReload(
    token: string,
    jws: ParsedJws,
  ): Promise<VerifiedAccessToken | InvalidToken> {
    const key = await keys.findAfterReload(jws.header.kid)
    return key === undefined
      ? invalidToken('The token is signed with an unknown key.')
      : prove(token, jws, key)
  }

  return {
    verify(token) {
      if (token.length > maximumTokenCharacters) return invalidToken('The token is too long.')
      const nowMs = now().getTime()
      const known = cache.find(cache.keyOf(token), nowMs)
      if (known !== undefined && keys.find(known.keyId, nowMs) !== undefined) return known
      const jws = parseJws(token)
      if ('fault' in jws) return invalidToken(jws.fault)
      const key = keys.find(jws.header.kid, nowMs)
      return key === undefined ? proveAfterReload(token, jws) : prove(token, jws, key)
    },
  }
}
