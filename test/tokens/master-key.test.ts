import { createSecretKey, randomBytes } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createMasterKey, MasterKeyError } from '../../src/tokens/master-key.js'
import { openBox, sealBox } from '../../src/tokens/sealed-box.js'

const newKey = () => randomBytes(32).toString('base64')
const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array))

describe('a sealed box', () => {
  const key = createSecretKey(randomBytes(32))

  test('opens to what was sealed, for the context it was sealed for', () => {
    fc.assert(
      fc.property(bytes, fc.string(), (plaintext, context) => {
        expect(openBox(key, sealBox(key, plaintext, context, randomBytes(12)), context)).toEqual(plaintext)
      }),
    )
  })

  test('does not open for another context or with another key', () => {
    fc.assert(
      fc.property(bytes, fc.string(), fc.string(), (plaintext, context, other) => {
        fc.pre(context !== other)
        const box = sealBox(key, plaintext, context, randomBytes(12))
        expect(openBox(key, box, other)).toBeNull()
        expect(openBox(createSecretKey(randomBytes(32)), box, context)).toBeNull()
      }),
    )
  })

  test('does not open when any bit of it was changed, or any byte cut off', () => {
    fc.assert(
      fc.property(bytes, fc.nat(), fc.integer({ min: 0, max: 7 }), (plaintext, position, bit) => {
        const box = sealBox(key, plaintext, 'context', randomBytes(12))
        const changed = Buffer.from(box)
        const index = position % box.length
        changed[index] = (changed[index] ?? 0) ^ (1 << bit)
        expect(openBox(key, changed, 'context')).toBeNull()
        expect(openBox(key, box.subarray(0, index), 'context')).toBeNull()
      }),
    )
  })
})

describe('the master key', () => {
  const master = createMasterKey({ current: newKey(), randomBytes })

  test('opens what it sealed, and nothing whose text was changed in any one character', () => {
    const sealed = master.seal(Buffer.from('a private key'), 'signing key 1')
    expect(master.open(sealed, 'signing key 1').toString()).toBe('a private key')
    for (let index = 0; index < sealed.length; index += 1) {
      for (const replacement of ['A', 'b', '0', '.', '=']) {
        if (sealed[index] === replacement) continue
        const changed = sealed.slice(0, index) + replacement + sealed.slice(index + 1)
        expect(() => master.open(changed, 'signing key 1')).toThrow(MasterKeyError)
      }
    }
  })

  test('does not open the sealed text of one record for another', () => {
    const sealed = master.seal(Buffer.from('a private key'), 'signing key 1')
    expect(() => master.open(sealed, 'signing key 2')).toThrow(/signing key 2: the sealed text was changed/)
  })

  test('seals the same text differently each time, and shows nothing of it', () => {
    const [first, second] = [0, 1].map(() => master.seal(Buffer.from('a private key'), 'signing key 1'))
    expect(first).not.toBe(second)
    expect(Buffer.from(first?.split('.')[2] ?? '', 'base64url').includes('a private key')).toBe(false)
  })

  test('an earlier version still opens what it sealed, while the newest seals', () => {
    const [oldKey, newerKey] = [newKey(), newKey()]
    const before = createMasterKey({ current: oldKey, randomBytes })
    const after = createMasterKey({ current: newerKey, previous: [oldKey], randomBytes })
    const sealedBefore = before.seal(Buffer.from('secret'), 'context')
    expect(after.open(sealedBefore, 'context').toString()).toBe('secret')
    expect(after.versionOf(sealedBefore)).toBe(before.version)
    expect(after.versionOf(after.seal(Buffer.from('secret'), 'context'))).toBe(after.version)
    expect(() => before.open(after.seal(Buffer.from('secret'), 'context'), 'context')).toThrow(MasterKeyError)
  })

  test('a wrong master key is told so, by version, with what to do', () => {
    const sealed = createMasterKey({ current: newKey(), randomBytes }).seal(Buffer.from('x'), 'signing key 1')
    const version = master.versionOf(sealed)
    expect(() => master.open(sealed, 'signing key 1')).toThrow(
      new RegExp(
        `signing key 1 is sealed under the master key ${version}, but only ${master.version}.*MASTER_KEY_PREVIOUS`,
      ),
    )
  })

  test.each(['', 'c2hvcnQ=', randomBytes(31).toString('base64'), randomBytes(33).toString('base64')])(
    'a master key of another length is refused: %j',
    (current) => {
      expect(() => createMasterKey({ current, randomBytes })).toThrow(/32 bytes in base64/)
    },
  )

  test('its version tells nothing that is in the key, and is the same on every replica', () => {
    const current = newKey()
    const [first, second] = [
      createMasterKey({ current, randomBytes }),
      createMasterKey({ current, randomBytes }),
    ]
    expect(first.version).toBe(second.version)
    expect(first.version).toMatch(/^[0-9a-f]{16}$/)
    expect(Buffer.from(current, 'base64').toString('hex')).not.toContain(first.version)
  })
})
