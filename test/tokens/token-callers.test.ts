import { describe, expect, test } from 'vitest'
import { createTokenCallers } from '../../src/tokens/token-callers.js'
import { createTokenWorld, request } from './token-fixtures.js'

describe('the caller of an access token', () => {
  test('is who the token says, until the token expires, and cannot be changed', async () => {
    const { sign, verifier, clock } = await createTokenWorld()
    const callerOf = createTokenCallers(verifier)
    const caller = callerOf(sign(request).token)
    expect(caller).toEqual({
      id: request.userId,
      scopes: request.scopes,
      sessionId: request.sessionId,
      clientId: 'fieldgate',
      expiresAt: new Date(clock.now().getTime() + 300_000),
    })
    expect(Object.isFrozen(caller)).toBe(true)
  })

  test('is the same object for the same token, so that what is remembered of a caller lasts', async () => {
    const { sign, verifier } = await createTokenWorld()
    const callerOf = createTokenCallers(verifier)
    const [one, other] = [sign(request).token, sign(request).token]
    expect(callerOf(one)).toBe(callerOf(one))
    expect(callerOf(one)).not.toBe(callerOf(other))
  })

  test('is nobody when the token proves nothing', async () => {
    const { verifier } = await createTokenWorld()
    expect(createTokenCallers(verifier)('nonsense')).toMatchObject({ error: 'invalid_token' })
  })

  test('is found also where the database had to be asked for the key', async () => {
    const { sign, key } = await createTokenWorld()
    const keys = { find: () => undefined, findAfterReload: async () => key }
    const { verifier } = await createTokenWorld('ES256', { keys })
    expect(await createTokenCallers(verifier)(sign(request).token)).toMatchObject({ id: request.userId })
  })
})
