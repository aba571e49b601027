import { expect, test } from 'vitest'
import {
  checkedRedirectUri,
  createClientSecret,
  hashClientSecret,
  isSecretOf,
} from '../../src/clients/client.js'

test.each([
  'https://app.example.com/callback',
  'https://app.example.com',
  'https://app.example.com/callback?tenant=1',
  'http://127.0.0.1:8080/callback',
  'http://[::1]/callback',
  'http://localhost:3000/callback',
  'com.example.app:/callback',
])('CLIENT-1 a browser may be sent back to %s', (uri) => {
  expect(checkedRedirectUri(uri)).toBe(uri)
})

test.each([
  ['plain http of another machine', 'http://app.example.com/callback'],
  ['a fragment', 'https://app.example.com/callback#here'],
  ['an empty fragment', 'https://app.example.com/callback#'],
  ['a script', 'javascript:alert(1)'],
  ['data', 'data:text/html,x'],
  ['a scheme that everybody may claim', 'myapp:/callback'],
  ['a password', 'https://user:password@app.example.com/'],
  ['a path that is resolved', 'https://app.example.com/a/../callback'],
  ['a host that is not in its one spelling', 'https://APP.example.com/callback'],
  ['a relative one', '/callback'],
  ['nothing', ''],
  ['too much', `https://app.example.com/${'a'.repeat(2000)}`],
])('CLIENT-2 but not to %s', (_what, uri) => {
  expect(() => checkedRedirectUri(uri)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }))
})

// RFC 6749 4.1.2 and 4.1.2.1, RFC 9207 2: the client could not tell them from ours.
test.each(['code', 'state', 'iss', 'error', 'error_description', 'error_uri', '%73tate'])(
  'CLIENT-4 nor to one that has a parameter of the answer already: %s',
  (name) => {
    expect(() => checkedRedirectUri(`https://app.example.com/callback?x=1&${name}=mine`)).toThrow(
      expect.objectContaining({ code: 'BAD_USER_INPUT', message: expect.stringContaining('parameter') }),
    )
    expect(checkedRedirectUri(`https://app.example.com/callback?my_${name}=1`)).toContain(name)
  },
)

test('CLIENT-3 the secret before is good until its time is over, and not a moment longer', () => {
  const [secret, previous] = [1, 2].map((byte) => createClientSecret((size) => Buffer.alloc(size, byte)))
  if (secret === undefined || previous === undefined) throw new Error('There are two secrets.')
  const client = {
    secretHash: hashClientSecret(secret),
    previousSecretHash: hashClientSecret(previous),
    previousSecretUntil: new Date('2026-01-01T00:00:10Z'),
  }
  expect(isSecretOf(client, secret, new Date('2026-01-02T00:00:00Z'))).toBe(true)
  expect(isSecretOf(client, previous, new Date('2026-01-01T00:00:09.999Z'))).toBe(true)
  expect(isSecretOf(client, previous, new Date('2026-01-01T00:00:10Z'))).toBe(false)
  expect(isSecretOf(client, '', new Date('2026-01-01T00:00:00Z'))).toBe(false)
  const publicClient = { secretHash: null, previousSecretHash: null, previousSecretUntil: null }
  expect(isSecretOf(publicClient, secret, new Date())).toBe(false)
})
