import { describe, expect, test } from 'vitest'
import { createTokenCallers, type TokenCallerDependencies } from '../../src/tokens/token-callers.js'
import { createTokenWorld, request } from './token-fixtures.js'

const accepting = ({ verify }: { verify: TokenCallerDependencies['verify'] }) => ({
  verify,
  check: () => 'ok' as const,
})

describe('the caller of an access token', () => {
  test('is who the token says, until the token expires, and cannot be changed', async () => {
    const { sign, verifier, clock } = await createTokenWorld()
    const { authenticate: callerOf } = createTokenCallers(accepting(verifier))
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
    const { authenticate: callerOf } = createTokenCallers(accepting(verifier))
    const [one, other] = [sign(request).token, sign(request).token]
    expect(callerOf(one)).toBe(callerOf(one))
    expect(callerOf(one)).not.toBe(callerOf(other))
  })

  test('is nobody when the token proves nothing', async () => {
    const { verifier } = await createTokenWorld()
    expect(createTokenCallers(accepting(verifier)).authenticate('nonsense')).toMatchObject({
      error: 'invalid_token',
    })
  })

  test('is found also where the database had to be asked for the key', async () => {
    const { sign, key } = await createTokenWorld()
    const keys = { find: () => undefined, findAfterReload: async () => key }
    const { verifier } = await createTokenWorld('ES256', { keys })
    expect(await createTokenCallers(accepting(verifier)).authenticate(sign(request).token)).toMatchObject({
      id: request.userId,
    })
  })

  test('is refused once the token is revoked, and where nobody can say, neither refused nor let in', async () => {
    const { sign, verifier } = await createTokenWorld()
    let standing: 'ok' | 'revoked' | 'unknown' = 'ok'
    const { authenticate, standingOf } = createTokenCallers({ ...accepting(verifier), check: () => standing })
    const { token } = sign(request)
    const caller = authenticate(token)
    standing = 'revoked'
    expect(authenticate(token)).toMatchObject({ error: 'invalid_token' })
    expect(!(caller instanceof Promise) && 'id' in caller && standingOf(caller)).toBe('revoked')
    standing = 'unknown'
    expect(() => authenticate(token)).toThrow(expect.objectContaining({ code: 'UNAVAILABLE' }))
  })
})
