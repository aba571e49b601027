import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { redactLine, redactText } from '../../src/http/redaction.js'

const jwt = 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl'
// Not by chance: one in some thousand has no digit, and looks like a long word.
const opaque = createHash('sha256').update('a token').digest('base64url')

describe('a text', () => {
  test.each([
    ['a JWT', `token was ${jwt}`, jwt],
    ['a JWT without its end', `got ${jwt.slice(0, 30)}`, jwt.slice(0, 30)],
    ['a bearer credential', `Authorization: Bearer ${opaque}`, opaque],
    ['a bearer credential of its own', 'sent bearer abc-def_1', 'abc-def_1'],
    ['a basic credential', 'sent Basic YWxpY2U6c2VjcmV0', 'YWxpY2U6c2VjcmV0'],
    ['an opaque token', `no session for ${opaque}`, opaque],
    ['a token in hexadecimal', `digest ${'0a1b'.repeat(16)}`, '0a1b0a1b'],
    ['a key in base64', `key ${Buffer.alloc(32, 'k').toString('base64')}`, 'a2tra2tr'],
    ['a cookie header', 'cookie: theme=dark; sid=hunter2', 'hunter2'],
    ['a set-cookie header', 'set-cookie: __Host-refresh=hunter2; Secure', 'hunter2'],
    ['a password in a form', 'grant_type=password&password=hunter2&x=1', 'hunter2'],
    ['a password in JSON', '{"newPassword":"correct \\"horse\\" battery"}', 'battery'],
    ['a password in JSON inside JSON', String.raw`{\"password\": \"hunter two\"}`, 'hunter two'],
    ['a password in a header style', "password: 'hunter two'", 'hunter two'],
    ['a percent-encoded password', '/graphql?variables=%7B%22password%22%3A%22hunter2%22%7D', 'hunter2'],
    ['a client secret', 'client_secret=hunter2', 'hunter2'],
    ['an API key', 'api key: hunter2', 'hunter2'],
    ['the password of a database URL', 'connect postgres://fieldgate:hunter2@db:5432/x', 'hunter2'],
    ['an argon2 hash', '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA', 'aGFzaA'],
    ['a bcrypt hash', '$2b$10$N9qo8uLOickgx2ZMRZoMye', 'N9qo8uLOickgx2ZMRZoMye'],
  ])('loses %s', (_, text, secret) => {
    expect(redactText(text)).not.toContain(secret)
  })

  test.each([
    'Unexpected token < in JSON at position 0',
    'at verify (/app/dist/tokens/access-token.js:12:34)',
    'at /app/node_modules/@apollo/server/dist/esm/requestPipeline.js:120:33',
    'session 8f14e45f-ceea-467f-a8e6-0123456789ab of 2026-01-31T09:30:00.000Z',
    'listening on http://127.0.0.1:4000',
    'a-very-long-word-that-only-has-letters-and-dashes-in-it',
  ])('keeps what is none: %s', (text) => {
    expect(redactText(text)).toBe(text)
  })

  test('is searched in time that grows with its length alone', () => {
    const hostile = [
      'a.'.repeat(50_000),
      'eyJ'.repeat(30_000),
      'password='.repeat(10_000),
      '://'.repeat(30_000),
    ]
    const startedAt = performance.now()
    for (const text of hostile) redactText(text)
    expect(performance.now() - startedAt).toBeLessThan(2000)
  })
})

const redacted = (entry: object) => JSON.parse(redactLine(`${JSON.stringify(entry)}\n`))

describe('a line', () => {
  test('loses the values of secret names, at any depth and of any shape', () => {
    const line = redacted({
      login: { password: 'a', newPassword: ['b'], nested: { apiKey: { raw: 'c' } } },
      headers: { 'x-anything': 'd' },
      rawHeaders: ['Cookie', 'sid=e'],
      variables: { input: 'f' },
    })
    expect(line).toEqual({
      login: { password: '[redacted]', newPassword: '[redacted]', nested: { apiKey: '[redacted]' } },
      headers: '[redacted]',
      rawHeaders: '[redacted]',
      variables: '[redacted]',
    })
  })

  test('keeps counts and durations that are named after secrets', () => {
    expect(redacted({ accessTokenSeconds: 300, hasPassword: true, token: null })).toEqual({
      accessTokenSeconds: 300,
      hasPassword: true,
      token: null,
    })
  })

  test('keeps key ids, which are public and as long as a secret', () => {
    expect(redacted({ kid: opaque })).toEqual({ kid: opaque })
  })

  test('passes untouched when nothing in it looks like a secret', () => {
    const line = '{"level":"info","time":"2026-01-31T09:30:00.000Z","msg":"request"}\n'
    expect(redactLine(line)).toBe(line)
  })

  test('loses what is as long as a token wherever it stands, and keeps what is shorter', () => {
    const long = 'a1'.repeat(20)
    for (let before = 0; before <= 80; before++) {
      for (const after of ['', ' and more', ' '.repeat(80)]) {
        const at = (text: string) => `${'- '.repeat(before)}${text}${after}`
        expect(redacted({ msg: at(long) })).toEqual({ msg: at('[redacted]') })
        expect(redacted({ msg: at(long.slice(1)) })).toEqual({ msg: at(long.slice(1)) })
      }
    }
  })

  test('stays one line of JSON', () => {
    const line = redactLine(`${JSON.stringify({ msg: 'password="a\nb" and "more"' })}\n`)
    expect(line.trimEnd()).not.toContain('\n')
    expect(JSON.parse(line).msg).not.toContain('a\nb')
  })
})
