import { randomBytes } from 'node:crypto'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRefreshToken, parseRefreshToken, succeed } from '../../src/sessions/refresh-token.js'

test('a token says what it is, and reads back as what was issued', () => {
  const issued = createRefreshToken(randomBytes)
  expect(issued.token).toMatch(/^fgr_[\w-]{64}$/)
  expect(parseRefreshToken(issued.token)).toEqual(issued)
})

test('a successor shares the family and nothing else', () => {
  const first = createRefreshToken(randomBytes)
  const second = succeed(first, randomBytes)
  expect(second.familyHash).toEqual(first.familyHash)
  expect(second.tokenHash).not.toEqual(first.tokenHash)
  expect(second.token).not.toBe(first.token)
})

test('each token has 256 bits of its own, beside the 128 of its family', () => {
  const asked: number[] = []
  const counting = (size: number) => {
    asked.push(size)
    return randomBytes(size)
  }
  succeed(createRefreshToken(counting), counting)
  expect(asked).toEqual([16, 32, 32])
})

test('the hashes hold no part of the token', () => {
  const { token, family, familyHash, tokenHash } = createRefreshToken(randomBytes)
  expect([familyHash.length, tokenHash.length]).toEqual([32, 32])
  expect(familyHash.includes(family)).toBe(false)
  expect(token).not.toContain(tokenHash.toString('base64url'))
})

test.each([
  ['nothing', ''],
  ['another prefix', `fgk_${'A'.repeat(64)}`],
  ['no prefix', 'A'.repeat(68)],
  ['a character too few', `fgr_${'A'.repeat(63)}`],
  ['a character too many', `fgr_${'A'.repeat(65)}`],
  ['padding', `fgr_${'A'.repeat(63)}=`],
  ['the other base64 alphabet', `fgr_${'A'.repeat(63)}+`],
  ['a line break at the end', `fgr_${'A'.repeat(64)}\n`],
  ['a megabyte', `fgr_${'A'.repeat(1_000_000)}`],
])('%s is no token', (_name, text) => {
  expect(parseRefreshToken(text)).toBeNull()
})

test('a token has one spelling only: whatever reads as a token is that text', () => {
  const spelling = fc.stringMatching(/^fgr_[A-Za-z0-9_-]{64}$/)
  fc.assert(fc.property(spelling, (text) => parseRefreshToken(text)?.token === text))
})
