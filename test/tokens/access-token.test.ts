import * as jose from 'jose'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { generateKeyMaterial, signingAlgorithms } from '../../src/tokens/key-material.js'
import { audience, createTokenWorld, issuer, request } from './token-fixtures.js'

const issuedAtSeconds = Date.parse('2026-01-01T12:00:00Z') / 1000

describe('an access token', () => {
  test.each(signingAlgorithms)(
    'signed with %s is accepted, and says what was asked for',
    async (algorithm) => {
      const { sign, verifier, key } = await createTokenWorld(algorithm)
      const { token, tokenId, expiresInSeconds } = sign(request)
      expect(expiresInSeconds).toBe(300)
      expect(verifier.verify(token)).toEqual({
        userId: request.userId,
        sessionId: request.sessionId,
        clientId: 'fieldgate',
        scopes: ['users:read', 'users:email'],
        tokenId,
        issuedAtSeconds,
        expiresAtSeconds: issuedAtSeconds + 300,
        authTimeSeconds: issuedAtSeconds - 3600,
        asOf: request.asOf,
        keyId: key.keyId,
      })
    },
  )

  test.each(signingAlgorithms)(
    'signed with %s convinces jose, an independent verifier',
    async (algorithm) => {
      const { sign, key, clock } = await createTokenWorld(algorithm)
      const { protectedHeader, payload } = await jose.jwtVerify(sign(request).token, key.verificationKey, {
        algorithms: [algorithm],
        issuer,
        audience,
        typ: 'at+jwt',
        currentDate: clock.now(),
        requiredClaims: ['iss', 'aud', 'sub', 'client_id', 'iat', 'exp', 'jti', 'scope', 'sid', 'auth_time'],
      })
      expect(protectedHeader).toEqual({ alg: algorithm, typ: 'at+jwt', kid: key.keyId })
      expect(payload).toEqual({
        iss: issuer,
        aud: audience,
        sub: request.userId,
        client_id: 'fieldgate',
        iat: issuedAtSeconds,
        exp: issuedAtSeconds + 300,
        jti: expect.stringMatching(/^[A-Za-z0-9_-]{22}$/),
        scope: 'users:read users:email',
        sid: request.sessionId,
        auth_time: issuedAtSeconds - 3600,
        as_of: request.asOf,
      })
    },
  )

  test('without scopes has no scope claim, and is accepted as having none', async () => {
    const { sign, verifier } = await createTokenWorld()
    const { token } = sign({ ...request, scopes: [] })
    expect(jose.decodeJwt(token)).not.toHaveProperty('scope')
    expect(verifier.verify(token)).toMatchObject({ scopes: [] })
  })

  test('has an id of its own', async () => {
    const { sign } = await createTokenWorld()
    expect(sign(request).tokenId).not.toBe(sign(request).tokenId)
  })

  test('is accepted until the second before its expiry, whether it was seen before or not', async () => {
    const { sign, verifier, clock } = await createTokenWorld()
    const [seen, unseen] = [sign(request).token, sign(request).token]
    expect(verifier.verify(seen)).toMatchObject({ userId: request.userId })
    clock.advanceSeconds(299.999)
    expect(verifier.verify(seen)).toMatchObject({ userId: request.userId })
    clock.advanceSeconds(0.001)
    const expired = { error: 'invalid_token', description: 'The token has expired.' }
    expect(verifier.verify(seen)).toEqual(expired)
    expect(verifier.verify(unseen)).toEqual(expired)
  })

  test('of a replica whose clock is a little ahead is accepted, of one far ahead not', async () => {
    const { sign, verifier, clock } = await createTokenWorld()
    clock.advanceSeconds(5)
    const little = sign(request).token
    clock.advanceSeconds(1)
    const far = sign(request).token
    clock.advanceSeconds(-6)
    expect(verifier.verify(little)).toMatchObject({ userId: request.userId })
    expect(verifier.verify(far)).toEqual({
      error: 'invalid_token',
      description: 'The token is not valid yet.',
    })
  })
})

describe('the verifier', () => {
  test('answers synchronously, with the same frozen object each time', async () => {
    const { sign, verifier } = await createTokenWorld()
    const { token } = sign(request)
    const first = verifier.verify(token)
    expect(first).not.toBeInstanceOf(Promise)
    expect(verifier.verify(token)).toBe(first)
    expect(Object.isFrozen(first)).toBe(true)
    expect('scopes' in first && Object.isFrozen(first.scopes)).toBe(true)
  })

  test('refuses the tokens of a key that was taken away at once, those it knows already too', async () => {
    const { sign, verifier, keys, key } = await createTokenWorld()
    const { token } = sign(request)
    expect(verifier.verify(token)).toMatchObject({ userId: request.userId })
    keys.remove(key.keyId)
    expect(await verifier.verify(token)).toEqual({
      error: 'invalid_token',
      description: 'The token is signed with an unknown key.',
    })
  })

  test('asks for the keys anew when it meets an unknown one', async () => {
    const { sign, verifier, keys, key } = await createTokenWorld()
    const { token } = sign(request)
    keys.remove(key.keyId)
    keys.add(await generateKeyMaterial('ES256'))
    const answer = verifier.verify(token)
    keys.add(key)
    expect(answer).toBeInstanceOf(Promise)
    expect(keys.reloads()).toBe(1)
    expect(verifier.verify(token)).toMatchObject({ userId: request.userId })
  })

  test('says so when the keys cannot be asked for, since that is no fault of the token', async () => {
    const world = await createTokenWorld()
    const { token } = world.sign(request)
    const keys = {
      find: () => undefined,
      findAfterReload: async () => {
        throw new Error('the database is away')
      },
    }
    const { verifier } = await createTokenWorld('ES256', { keys })
    await expect(verifier.verify(token)).rejects.toThrow('the database is away')
  })

  test('remembers a bounded number of tokens, and goes on accepting the others', async () => {
    const { sign, verifier } = await createTokenWorld('HS256', { cacheSize: 2 })
    const tokens = [sign(request).token, sign(request).token, sign(request).token]
    const answers = tokens.map((token) => verifier.verify(token))
    const [first, second, third] = tokens.map((token) => verifier.verify(token))
    expect(first).toEqual(answers[0])
    expect(first).not.toBe(answers[0])
    expect([second, third]).toEqual([answers[1], answers[2]])
  })

  test.each(['at+jwt', 'AT+JWT', 'application/at+jwt', 'Application/At+Jwt'])(
    'accepts the type %s',
    async (typ) => {
      const { key, sign, verifier } = await createTokenWorld()
      const claims = jose.decodeJwt(sign(request).token)
      const token = await new jose.SignJWT(claims)
        .setProtectedHeader({ alg: 'ES256', typ, kid: key.keyId })
        .sign(key.signingKey)
      expect(verifier.verify(token)).toMatchObject({ userId: request.userId })
    },
  )

  test('accepts an audience that is a list with ours in it', async () => {
    const { key, sign, verifier } = await createTokenWorld()
    const token = await new jose.SignJWT({
      ...jose.decodeJwt(sign(request).token),
      aud: ['https://other.example', audience],
    })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: key.keyId })
      .sign(key.signingKey)
    expect(verifier.verify(token)).toMatchObject({ userId: request.userId })
  })

  test('refuses every token in which any one character was exchanged, left out or put in', async () => {
    const { sign, verifier } = await createTokenWorld('HS256')
    const { token } = sign(request)
    const character = fc.constantFrom(
      ...Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n\0é'),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.nat(token.length - 1),
        character,
        fc.constantFrom(0, 1),
        async (at, put, removed) => {
          const changed = token.slice(0, at) + put + token.slice(at + removed)
          fc.pre(changed !== token)
          expect(await verifier.verify(changed)).toMatchObject({ error: 'invalid_token' })
          const shortened = token.slice(0, at) + token.slice(at + 1)
          expect(await verifier.verify(shortened)).toMatchObject({ error: 'invalid_token' })
        },
      ),
      { numRuns: 2000 },
    )
    expect(verifier.verify(token)).toMatchObject({ userId: request.userId })
  })

  test('answers any text without throwing', async () => {
    const { verifier } = await createTokenWorld()
    const part = fc.oneof(
      fc.base64String(),
      fc.json().map((text) => Buffer.from(text).toString('base64url')),
    )
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(part, { maxLength: 5 }).map((parts) => parts.join('.')),
    )
    await fc.assert(
      fc.asyncProperty(text, async (token) => {
        expect(await verifier.verify(token)).toMatchObject({ error: 'invalid_token' })
      }),
      { numRuns: 1000 },
    )
  })
})
