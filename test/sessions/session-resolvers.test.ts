import { readdirSync, readFileSync } from 'node:fs'
import { makeExecutableSchema } from '@graphql-tools/schema'
import { graphql } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { BadCredential } from '../../src/authentication/caller.js'
import { createSessionResolvers } from '../../src/sessions/session-resolvers.js'
import { createWorld, origin, type World } from './session-world.js'

let world: World
type Answer = { data: Record<string, Record<string, unknown>> }
type Proof = { id: string; sessionId: string | null } | BadCredential
let run: (source: string, caller?: Proof) => Promise<Answer>
let user: Awaited<ReturnType<World['addUser']>>

beforeAll(async () => {
  world = await createWorld()
  user = await world.addUser('somebody')
  const { sessions } = await world.openReplica()
  const contracts = new URL('../../schema/', import.meta.url)
  const schema = makeExecutableSchema({
    typeDefs: readdirSync(contracts).map((name) => readFileSync(new URL(name, contracts), 'utf8')),
    resolvers: [
      createSessionResolvers({ sessions, clientId: 'the built-in client' }),
      { Query: { me: () => ({ id: user.id }) } },
    ],
    resolverValidationOptions: { requireResolversToMatchSchema: 'ignore' },
  })
  run = async (source, caller) => {
    const result = await graphql({
      schema,
      source,
      contextValue: { ...origin, cookies: null, caller: caller ?? null },
    })
    return JSON.parse(JSON.stringify(result))
  }
})
afterAll(() => world.close())

const login =
  'mutation { login(email: "somebody@example.org", password: "correct horse") { sessionId refreshToken } }'
const ask = (scopes: string) =>
  run(login.replace('")', `", scopes: ${scopes})`).replace('sessionId', 'scopes'))

test('login and refresh answer as RFC 6749 5.1 has it', async () => {
  const fields = '{ accessToken refreshToken tokenType expiresIn scopes sessionId }'
  const { data } = await run(login.replace(/\{ sessionId.*/, `${fields} }`))
  const payload = {
    accessToken: expect.stringMatching(/^access token/),
    refreshToken: expect.stringMatching(/^fgr_/),
    tokenType: 'Bearer',
    expiresIn: 300,
    scopes: ['profile:read'],
    sessionId: expect.any(String),
  }
  expect(data).toEqual({ login: payload })
  const refreshToken = String(data['login']?.['refreshToken'])
  const refreshed = await run(`mutation { refresh(refreshToken: "${refreshToken}") ${fields} }`)
  expect(refreshed).toEqual({ data: { refresh: payload } })
})

test('the scopes of a login are what was asked for; explicit null asks for nothing in particular', async () => {
  expect(await ask('null')).toMatchObject({ data: { login: { scopes: ['profile:read'] } } })
  expect(await ask('[]')).toMatchObject({ errors: [{ message: 'The requested scopes cannot be granted.' }] })
})

test('a user sees the sessions, the present one marked, and ends them', async () => {
  await world.db.query('TRUNCATE sessions')
  const { data: first } = await run(login)
  const { data: second } = await run(login)
  await run(login)
  const caller = { id: user.id, sessionId: String(first['login']?.['sessionId']) }

  const { data } = await run(
    '{ me { sessions { id device address current clientId scopes createdAt lastUsedAt expiresAt } } }',
    caller,
  )
  expect(data['me']?.['sessions']).toHaveLength(3)
  expect(data['me']?.['sessions']).toContainEqual({
    id: caller.sessionId,
    device: 'curl',
    address: '192.0.2.7',
    current: true,
    clientId: 'the built-in client',
    scopes: ['profile:read'],
    createdAt: '2026-01-01T00:00:00.000Z',
    lastUsedAt: '2026-01-01T00:00:00.000Z',
    expiresAt: '2026-01-01T00:16:40.000Z',
  })

  const revoke = `mutation { revokeSession(id: "${String(second['login']?.['sessionId'])}") }`
  expect(await run(revoke, caller)).toEqual({ data: { revokeSession: true } })
  expect(await run(revoke, caller)).toMatchObject({
    errors: [{ message: 'There is no session with this id.' }],
  })
  expect(await run('mutation { revokeOtherSessions }', caller)).toEqual({ data: { revokeOtherSessions: 1 } })
  expect(await run('{ me { sessions { current } } }', caller)).toEqual({
    data: { me: { sessions: [{ current: true }] } },
  })
  expect(await run('mutation { logout }', caller)).toEqual({ data: { logout: true } })
  expect(await run('{ me { sessions { id } } }', caller)).toEqual({ data: { me: { sessions: [] } } })
})

describe('logout', () => {
  const logoutBy = (refreshToken: unknown) => `mutation { logout(refreshToken: "${String(refreshToken)}") }`
  const done = { data: { logout: true } }
  const expired = { error: 'invalid_token', description: 'The token has expired.' } as const
  const endingOf = async (session: Record<string, unknown> | undefined) =>
    (await world.readSession(String(session?.['sessionId']))).endReason
  const start = async () => (await run(login)).data['login']

  test('by a refresh token ends its session, whether there is no access token or one that has expired', async () => {
    for (const caller of [undefined, expired]) {
      const session = await start()
      expect(await run(logoutBy(session?.['refreshToken']), caller)).toEqual(done)
      expect(await endingOf(session)).toBe('logout')
      expect(await run(logoutBy(session?.['refreshToken']), caller)).toEqual(done)
    }
  })

  test('of a caller who shows a token of another session ends both', async () => {
    const [own, other] = [await start(), await start()]
    const caller = { id: user.id, sessionId: String(own?.['sessionId']) }
    expect(await run(logoutBy(other?.['refreshToken']), caller)).toEqual(done)
    expect([await endingOf(own), await endingOf(other)]).toEqual(['logout', 'logout'])
  })

  test('of a caller without a session ends that of the token', async () => {
    const other = await start()
    expect(await run(logoutBy(other?.['refreshToken']), { id: user.id, sessionId: null })).toEqual(done)
    expect(await endingOf(other)).toBe('logout')
  })

  test('by a token that is none finds nothing to end, as RFC 7009 2.2 has it', async () => {
    expect(await run(logoutBy('nonsense'))).toEqual(done)
  })

  test('by nobody and without a token is refused', async () => {
    for (const caller of [undefined, expired]) {
      expect(await run('mutation { logout }', caller)).toMatchObject({
        errors: [{ message: 'Sign in to do this.' }],
      })
    }
  })
})

test('a credential without a session has nothing to log out of', async () => {
  const answer = await run('mutation { logout }', { id: user.id, sessionId: null })
  expect(answer).toMatchObject({
    errors: [{ message: 'This credential has no session. An API key ends with the mutation revokeApiKey.' }],
  })
})
