import jwt from 'jsonwebtoken'
import { expect, test } from 'vitest'
import { createTokenWorld, request } from './token-fixtures.js'

const clientId = '4c7a3c1a-8a0b-4b5e-9a6f-1d2e3f4a5b6c'
const own = { ...request, userId: clientId, clientId, sessionId: null, authTime: null }

test('a token that a client gets for itself has no session and no time of sign-in', async () => {
  const { sign, verifier } = await createTokenWorld()
  const { token } = sign(own)
  const claims = jwt.decode(token)
  expect(claims).toMatchObject({ sub: clientId, client_id: clientId })
  expect(claims).not.toHaveProperty('sid')
  expect(claims).not.toHaveProperty('auth_time')
  expect(await verifier.verify(token)).toMatchObject({
    userId: clientId,
    sessionId: null,
    authTimeSeconds: null,
  })
})

test('nobody but a client itself has such a token', async () => {
  const { sign, verifier } = await createTokenWorld()
  for (const wrong of [
    { ...own, userId: request.userId },
    { ...own, sessionId: request.sessionId },
    { ...own, authTime: request.authTime },
  ]) {
    expect(await verifier.verify(sign(wrong).token)).toMatchObject({ error: 'invalid_token' })
  }
})
