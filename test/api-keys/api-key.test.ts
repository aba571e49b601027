import { expect, test } from 'vitest'
import { formatApiKey, hashSecret, isApiKey, parseApiKey } from '../../src/api-keys/api-key.js'

const id = '0f8fad5b-d9cb-469f-a165-70867728950e'
const secret = Buffer.alloc(32, 7)
const key = formatApiKey(id, secret)

test('APIKEY-1 a key names its row and proves its secret, and looks like nothing else', () => {
  expect(key).toMatch(/^fg_0f8fad5bd9cb469fa16570867728950e_[A-Za-z0-9_-]{48}$/)
  expect(parseApiKey(key)).toEqual({ id, secretHash: hashSecret(secret) })
  expect(isApiKey(key)).toBe(true)
  expect(isApiKey('eyJhbGciOiJFUzI1NiJ9.e30.')).toBe(false)
})

test('APIKEY-2 a key with any character changed is none of ours', () => {
  for (let at = 0; at < key.length; at += 1) {
    const other = key[at] === 'b' ? 'c' : 'b'
    const changed = key.slice(0, at) + other + key.slice(at + 1)
    expect([changed, parseApiKey(changed)]).toEqual([changed, null])
  }
  for (const text of ['', 'fg_', `${key}=`, `${key}\n`, ` ${key}`, key.toUpperCase(), key.slice(0, -1)]) {
    expect(parseApiKey(text)).toBeNull()
  }
})
