import { describe, expect, test } from 'vitest'
import { createBearerAuthenticator } from '../../src/authentication/bearer.js'
import type { Caller } from '../../src/authentication/caller.js'
import { sourceOf } from '../support/credential-source.js'

const alice: Caller = {
  id: 'alice',
  scopes: ['users:read'],
  sessionId: null,
  clientId: 'web',
  expiresAt: new Date('2030-01-01T00:00:00Z'),
}
const authenticate = createBearerAuthenticator({
  verifyAccessToken: (token) =>
    token === 'good.token' ? alice : { error: 'invalid_token', description: `unknown ${token.length}` },
})
const withAuthorization = (...values: string[]) =>
  authenticate(sourceOf(values.map((value) => ['Authorization', value])))

describe('the bearer authenticator', () => {
  test('sees no credential where there is no Authorization header', () => {
    expect(authenticate(sourceOf([['Cookie', 'Authorization: Bearer good.token']]))).toBeNull()
  })

  test.each(['Bearer good.token', 'bearer good.token', 'BEARER   good.token'])('takes %j', (value) => {
    expect(withAuthorization(value)).toBe(alice)
  })

  test('answers at once when the verifier does', () => {
    expect(withAuthorization('Bearer good.token')).not.toBeInstanceOf(Promise)
  })

  test('hands on what the verifier says of a bad token', () => {
    expect(withAuthorization('Bearer YWJj/+~.-_==')).toEqual({
      error: 'invalid_token',
      description: 'unknown 12',
    })
  })

  test.each([
    '',
    'Bearer',
    'Bearer ',
    'Bearergood.token',
    'Bearer\tgood.token',
    'Bearer good.token x',
    'Bearer good.token, Bearer good.token',
    'Bearer good.token,',
    'Bearer "good.token"',
    'Bearer =good',
    'Bearer go=od',
    'Bearer gööd',
    'Token good.token',
    'Basic YWxpY2U6c2VjcmV0',
    'good.token',
  ])('refuses %j as no bearer credential, and does not take it for none', (value) => {
    expect(withAuthorization(value)).toMatchObject({ error: 'invalid_request' })
  })

  test('refuses two Authorization headers, whatever their case and even when equal', () => {
    const source = sourceOf([
      ['authorization', 'Bearer good.token'],
      ['AUTHORIZATION', 'Bearer good.token'],
    ])
    expect(authenticate(source)).toMatchObject({
      error: 'invalid_request',
      description: expect.stringMatching(/more than one/i),
    })
  })
})
