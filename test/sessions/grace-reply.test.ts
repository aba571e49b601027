import { randomBytes } from 'node:crypto'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { openReply, sealReply } from '../../src/sessions/grace-reply.js'

const place = { sessionId: '6f0d3c0e-0000-4000-8000-000000000001', generation: 7 }

test('whoever has the old token gets the successor back', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (successor, oldToken) => {
      const sealed = sealReply(successor, oldToken, place, randomBytes)
      expect(openReply(sealed, oldToken, place)).toBe(successor)
    }),
  )
})

test('the sealed reply shows nothing of either token', () => {
  const sealed = sealReply('the successor', 'the old token', place, randomBytes)
  expect(sealed.includes('the successor')).toBe(false)
  expect(sealed.includes('the old token')).toBe(false)
})

test('no other token, session or generation opens it', () => {
  const sealed = sealReply('the successor', 'the old token', place, randomBytes)
  expect(() => openReply(sealed, 'another token', place)).toThrow()
  expect(() => openReply(sealed, 'the old token', { ...place, generation: 8 })).toThrow()
  expect(() => openReply(sealed, 'the old token', { ...place, sessionId: 'another' })).toThrow()
})

test('a changed bit anywhere is found', () => {
  const sealed = sealReply('the successor', 'the old token', place, randomBytes)
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const changed = Buffer.from(sealed)
    changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
    expect(() => openReply(changed, 'the old token', place)).toThrow()
  }
})

test('what is cut short does not open, at any length', () => {
  const sealed = sealReply('the successor', 'the old token', place, randomBytes)
  for (let length = 0; length < sealed.length; length++) {
    expect(() => openReply(sealed.subarray(0, length), 'the old token', place)).toThrow()
  }
})
