import { describe, expect, test } from 'vitest'
import type { Authenticator } from '../../src/authentication/authenticator.js'
import type { BadCredential, Caller } from '../../src/authentication/caller.js'
import { firstOf } from '../../src/authentication/first-of.js'
import { sourceOf } from '../support/credential-source.js'

const callerNamed = (id: string): Caller => ({
  id,
  scopes: ['users:read'],
  sessionId: null,
  clientId: 'web',
  expiresAt: new Date('2030-01-01T00:00:00Z'),
})
const bad: BadCredential = { error: 'invalid_token', description: 'expired' }
const none: Authenticator = () => null
const failing: Authenticator = () => Promise.reject(new Error('no database'))
const source = sourceOf([])

describe('several authenticators', () => {
  test('give no caller when none of them finds a credential', () => {
    expect(firstOf(none, none)(source)).toBeNull()
    expect(firstOf()(source)).toBeNull()
  })

  test('give the one answer, wherever in the list it comes from', () => {
    expect(firstOf(none, () => callerNamed('alice'))(source)).toEqual(callerNamed('alice'))
    expect(firstOf(() => bad, none)(source)).toEqual(bad)
  })

  test('answer without a promise when all of them do', () => {
    expect(firstOf(none, () => callerNamed('alice'))(source)).not.toBeInstanceOf(Promise)
  })

  test('wait for those that have to ask', async () => {
    await expect(firstOf(none, async () => callerNamed('alice'))(source)).resolves.toEqual(
      callerNamed('alice'),
    )
  })

  test.each<[string, Authenticator, Authenticator]>([
    ['two callers', () => callerNamed('alice'), () => callerNamed('alice')],
    ['a good and a bad one', () => callerNamed('alice'), async () => bad],
    ['two bad ones', () => bad, () => bad],
  ])('refuse two credentials in one request: %s', async (_, one, other) => {
    expect(await firstOf(one, none, other)(source)).toMatchObject({ error: 'invalid_request' })
  })

  test('give a caller that nothing can widen', () => {
    const answer = firstOf(() => callerNamed('alice'))(source)
    expect(Object.isFrozen(answer)).toBe(true)
    expect(answer).toSatisfy((caller: Caller) => Object.isFrozen(caller.scopes))
  })

  test('fail when one of them fails, instead of passing over it', async () => {
    await expect(firstOf(failing, none)(source)).rejects.toThrow('no database')
  })
})
