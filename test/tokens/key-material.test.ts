import * as jose from 'jose'
import { describe, expect, test } from 'vitest'
import {
  exportSigningKey,
  generateKeyMaterial,
  importSigningKey,
  signingAlgorithms,
  thumbprintOf,
} from '../../src/tokens/key-material.js'
import { buildJwks } from '../../src/tokens/jwks.js'

describe('key material', () => {
  test.each(signingAlgorithms)(
    'a key for %s survives export and import, with the same key id',
    async (algorithm) => {
      const made = await generateKeyMaterial(algorithm)
      const loaded = importSigningKey(algorithm, exportSigningKey(made))
      expect(loaded.keyId).toBe(made.keyId)
      expect(loaded.publicJwk).toEqual(made.publicJwk)
      expect(loaded.signingKey.equals(made.signingKey)).toBe(true)
      expect(loaded.verificationKey.equals(made.verificationKey)).toBe(true)
    },
  )

  test.each(signingAlgorithms)('the key id of %s is the thumbprint that jose computes', async (algorithm) => {
    const { keyId, verificationKey } = await generateKeyMaterial(algorithm)
    expect(keyId).toBe(await jose.calculateJwkThumbprint(await jose.exportJWK(verificationKey)))
  })

  test('the thumbprint of the example of RFC 7638 3.1 is the one that the RFC gives', () => {
    const n =
      '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMst' +
      'n64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajr' +
      'n1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw'
    expect(thumbprintOf({ n, kty: 'RSA', e: 'AQAB' })).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs')
  })

  test('public JWKs hold nothing private', async () => {
    const keys = await Promise.all(signingAlgorithms.map(generateKeyMaterial))
    expect(keys.map(({ publicJwk }) => publicJwk && Object.keys(publicJwk))).toEqual([
      ['crv', 'kty', 'x', 'y'],
      ['e', 'kty', 'n'],
      ['e', 'kty', 'n'],
      null,
    ])
  })
})

describe('the JWK Set', () => {
  test('is one that jose takes, without symmetric keys', async () => {
    const keys = await Promise.all(signingAlgorithms.map(generateKeyMaterial))
    const { body, maxAgeSeconds } = buildJwks(keys)
    const document = JSON.parse(body)
    expect(document.keys.map(({ alg }: { alg: string }) => alg).toSorted()).toEqual([
      'ES256',
      'PS256',
      'RS256',
    ])
    for (const jwk of document.keys) expect(Object.keys(jwk)).not.toContain('d')
    expect(() => jose.createLocalJWKSet(document)).not.toThrow()
    expect(maxAgeSeconds).toBe(300)
  })

  test('its strong ETag changes with the keys and with nothing else', async () => {
    const [first, second] = [await generateKeyMaterial('ES256'), await generateKeyMaterial('ES256')]
    expect(buildJwks([first, second])).toEqual(buildJwks([second, first]))
    expect(buildJwks([first]).etag).not.toBe(buildJwks([first, second]).etag)
    expect(buildJwks([first]).etag).toMatch(/^"[A-Za-z0-9_-]{43}"$/)
  })

  test('is empty, and well formed, where only HS256 signs', async () => {
    expect(buildJwks([await generateKeyMaterial('HS256')]).body).toBe('{"keys":[]}')
  })
})
