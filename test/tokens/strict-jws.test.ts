import { createHmac, createSecretKey, randomBytes } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseCanonicalObject, parseJws, verifySignature } from '../../src/tokens/strict-jws.js'

const encode = (text: string) => Buffer.from(text).toString('base64url')

function macToken(secret: Buffer) {
  const input = `${encode('{"alg":"HS256","kid":"a"}')}.${encode('hello')}`
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
}

describe('a JWS', () => {
  test('is taken apart without a look at its payload', () => {
    expect(parseJws(macToken(randomBytes(32)))).toEqual({
      header: { alg: 'HS256', kid: 'a', typ: null },
      payload: Buffer.from('hello'),
    })
  })

  test('has three parts', () => {
    const token = macToken(randomBytes(32))
    const fault = { fault: 'The token is not three parts of canonical base64url.' }
    for (const other of [`${token}.${encode('more')}`, token.replace(/\.[^.]*$/, ''), '']) {
      expect(parseJws(other)).toEqual(fault)
    }
  })

  test.each([32, 33, 64])('is genuine under an HMAC secret of %i bytes', (size) => {
    const secret = randomBytes(size)
    const key = { algorithm: 'HS256', verificationKey: createSecretKey(secret) } as const
    expect(verifySignature(macToken(secret), { alg: 'HS256', kid: 'a', typ: null }, key)).toBe('genuine')
  })

  test.each([0, 3, 31])('is forged under an HMAC secret of %i bytes, which could be guessed', (size) => {
    const secret = randomBytes(size)
    const key = { algorithm: 'HS256', verificationKey: createSecretKey(secret) } as const
    expect(verifySignature(macToken(secret), { alg: 'HS256', kid: 'a', typ: null }, key)).toBe('forged')
  })
})

describe('canonical JSON', () => {
  const json = fc.dictionary(fc.string(), fc.jsonValue()).map((value) => JSON.stringify(value))

  test('is what JSON.stringify makes of an object', () => {
    fc.assert(
      fc.property(json, (text) => {
        expect(JSON.stringify(parseCanonicalObject(Buffer.from(text)))).toBe(text)
      }),
    )
  })

  test.each(['[]', 'null', '1', '"text"', 'true', ''])('is an object, not %j', (text) => {
    expect(parseCanonicalObject(Buffer.from(text))).toBeNull()
  })

  test('has no name twice, however the second is spelt', () => {
    fc.assert(
      fc.property(fc.string(), fc.jsonValue(), fc.jsonValue(), (name, first, second) => {
        const pair = (value: unknown) => `${JSON.stringify(name)}:${JSON.stringify(value)}`
        expect(parseCanonicalObject(Buffer.from(`{${pair(first)},${pair(second)}}`))).toBeNull()
        const escaped = Array.from({ length: name.length }, (_, index) => {
          return `\\u${name.charCodeAt(index).toString(16).padStart(4, '0')}`
        }).join('')
        expect(parseCanonicalObject(Buffer.from(`{${pair(first)},"${escaped}":1}`))).toBeNull()
      }),
    )
  })

  test('has no white space outside of its strings', () => {
    fc.assert(
      fc.property(json, fc.nat(), fc.constantFrom(' ', '\n', '\t', '\r'), (text, position, space) => {
        const at = position % (text.length + 1)
        const spaced = text.slice(0, at) + space + text.slice(at)
        const parsed = parseCanonicalObject(Buffer.from(spaced))
        expect(parsed === null || JSON.stringify(parsed) !== text).toBe(true)
      }),
    )
  })
})
