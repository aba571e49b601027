import * as jose from 'jose'
import { describe, expect, test } from 'vitest'
import { createTestApp, type TestApp, testAdministrator } from '../../src/testing/test-app.js'
import { watchStatements } from '../support/statements.js'
import { type Endpoint, keyIdOf, publishedKeys, signIn, standingInMemory, standingOf } from './client.js'

const issuer = 'https://api.example.com'
const audience = 'https://graph.example.com'

type Environment = Record<string, string>

async function withServer(env: Environment, work: (endpoint: Endpoint, app: TestApp) => Promise<void>) {
  const app = await createTestApp({ env: { PUBLIC_URL: issuer, AUDIENCE: audience, ...env } })
  try {
    await work({ url: await app.listen() }, app)
  } finally {
    await app.stop()
  }
}

describe('a verifier that knows nothing but the published keys', () => {
  test.each(['ES256', 'RS256', 'PS256'])('accepts our access tokens by %s', async (algorithm) => {
    await withServer({ TOKEN_ALGORITHM: algorithm }, async (endpoint) => {
      const { accessToken, sessionId, scopes } = await signIn(endpoint, testAdministrator)
      const keys = jose.createRemoteJWKSet(new URL(`${endpoint.url}/.well-known/jwks.json`))
      const expected = { issuer, audience, typ: 'at+jwt', algorithms: [algorithm] }
      const { payload, protectedHeader } = await jose.jwtVerify(accessToken, keys, {
        ...expected,
        // RFC 9068 2.2
        requiredClaims: ['iss', 'exp', 'aud', 'sub', 'client_id', 'iat', 'jti'],
      })
      expect(protectedHeader).toMatchObject({ alg: algorithm, kid: keyIdOf(accessToken) })
      expect(payload).toMatchObject({ sid: sessionId, scope: scopes.join(' ') })
      expect(Number(payload.exp) - Number(payload.iat)).toBe(300)

      const forged = jose.jwtVerify(withOtherSubject(accessToken), keys, expected)
      await expect(forged).rejects.toThrow(jose.errors.JWSSignatureVerificationFailed)
    })
  })

  test('the key id is the thumbprint of the published key (RFC 7638)', () =>
    withServer({}, async (endpoint) => {
      const { accessToken } = await signIn(endpoint, testAdministrator)
      const response = await fetch(`${endpoint.url}/.well-known/jwks.json`)
      const { keys } = (await response.json()) as jose.JSONWebKeySet
      expect(await Promise.all(keys.map((key) => jose.calculateJwkThumbprint(key)))).toEqual([
        keyIdOf(accessToken),
      ])
    }))

  test('is told nothing of a secret', () =>
    withServer({ TOKEN_ALGORITHM: 'HS256' }, async (endpoint) => {
      const tokens = await signIn(endpoint, testAdministrator)
      expect(await publishedKeys(endpoint)).toEqual([])
      expect(await standingOf(endpoint, tokens)).toBe('accepted')
    }))
})

test('authenticating a request with a warm token runs no SQL, and a warm token that is none any more neither', () =>
  withServer({}, async (endpoint, app) => {
    const user = await app.createUser({ roles: ['support'] })
    const [tokens, ended] = [await signIn(endpoint, user), await signIn(endpoint, user)]
    for (const each of [tokens, ended]) expect(await standingInMemory(endpoint, each)).toBe('accepted')
    await app.post('mutation { logout }', {}, { token: ended.accessToken })

    const statements = watchStatements()
    for (let round = 0; round < 20; round += 1) {
      expect(await standingInMemory(endpoint, tokens)).toBe('accepted')
      expect(await standingInMemory(endpoint, ended)).toBe('refused')
    }
    expect(foregroundOf(statements.texts())).toEqual([])

    statements.forget()
    expect(await standingOf(endpoint, tokens)).toBe('accepted')
    // What `me` reads, and nothing before it.
    expect(foregroundOf(statements.texts())).toEqual([expect.stringMatching(/FROM users WHERE id = ANY/)])
    statements.stop()
  }))

/** Without what a replica does a few times a second whether or not anybody asks. */
function foregroundOf(texts: readonly string[]): string[] {
  const background =
    /WITH renewed|WITH durably|LISTEN revocations|WITH horizon|audit_|pg_advisory_xact_lock|^(START TRANSACTION|COMMIT)/
  return texts.filter((text) => !background.test(text))
}

function withOtherSubject(token: string): string {
  const [header = '', , signature = ''] = token.split('.')
  const payload = { ...jose.decodeJwt(token), sub: 'somebody else' }
  return [header, Buffer.from(JSON.stringify(payload)).toString('base64url'), signature].join('.')
}
