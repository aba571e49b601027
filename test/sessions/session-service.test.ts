import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { AppError } from '../../src/errors.js'
import type { LoginUser, SessionDependencies } from '../../src/sessions/session-dependencies.js'
import type { SessionTokens } from '../../src/sessions/issue-session.js'
import {
  clientId,
  createWorld,
  hashOf,
  lifetime,
  oldHashOf,
  origin,
  type Replica,
  type World,
} from './session-world.js'

let world: World
let replica: Replica
let names = 0
let user: Awaited<ReturnType<World['addUser']>>

beforeAll(async () => {
  world = await createWorld()
  replica = await world.openReplica()
})
afterAll(() => world.close())
beforeEach(async () => {
  await world.db.query('TRUNCATE sessions, told')
  world.passwordChecks.length = 0
  user = await world.addUser(`user-${names++}`, { scopes: ['profile:read', 'users:write'] })
})

const refresh = ({ refreshToken }: Pick<SessionTokens, 'refreshToken'>, deps = replica) =>
  deps.sessions.refresh({ refreshToken, clientId, origin })
const invalidGrant = { code: 'INVALID_GRANT' }
const invalidCredentials = { code: 'INVALID_CREDENTIALS' }
const invalidScope = { code: 'INVALID_SCOPE' }
const notFound = { code: 'NOT_FOUND' }

function setPasswordHash(passwordHash: string) {
  return world.db.query('UPDATE users SET password_hash = $2 WHERE id = $1', [user.id, passwordHash])
}

/** A replica on which `change` happens right after the user was read, once. */
async function whileVerifying(change: () => Promise<unknown>, deps: Partial<SessionDependencies> = {}) {
  let find = async (email: string): Promise<LoginUser | null> => {
    find = replica.deps.findUserForLogin
    const found = await find(email)
    await change()
    return found
  }
  return world.openReplica({ deps: { ...deps, findUserForLogin: (email) => find(email) } })
}

function signWithoutKey(): never {
  throw new Error('no key')
}

describe('login', () => {
  test('gives tokens for what the roles give, bound to a session of this user and client', async () => {
    const tokens = await replica.sessions.login(user)
    expect(tokens).toMatchObject({
      expiresInSeconds: 300,
      scopes: ['profile:read', 'users:write'],
      userId: user.id,
    })
    expect(world.claimsOf(tokens.accessToken)).toEqual({
      userId: user.id,
      sessionId: tokens.sessionId,
      clientId,
      scopes: ['profile:read', 'users:write'],
      authTime: world.now(),
      asOf: expect.any(Number),
    })
  })

  test('remembers device and address, and no token in readable form', async () => {
    const { sessionId, refreshToken } = await replica.sessions.login(user)
    const [row] = await world.db.query('SELECT sessions::text AS text FROM sessions WHERE id = $1', [
      sessionId,
    ])
    expect(await world.readSession(sessionId)).toMatchObject({
      device: 'curl',
      address: '192.0.2.7',
      generation: 0,
    })
    expect(row.text).not.toContain(refreshToken.slice(4))
    expect(row.text).not.toContain(
      Buffer.from(refreshToken.slice(4), 'base64url').toString('hex').slice(0, 16),
    )
  })

  test('grants of what was asked for as much as the roles allow', async () => {
    const tokens = await replica.sessions.login({
      ...user,
      scopes: ['users:read', 'users:email', 'nonsense'],
    })
    expect(tokens.scopes).toEqual(['users:read'])
  })

  test.each([
    ['an empty list of scopes', []],
    ['only scopes that the roles do not give', ['users:email']],
    ['only names that are no scopes', ['nonsense']],
  ])(
    'refuses %s after a right password, starts no session, and says so in the log',
    async (_name, scopes) => {
      await expect(replica.sessions.login({ ...user, scopes })).rejects.toMatchObject(invalidScope)
      expect(await world.db.query('SELECT FROM sessions')).toEqual([])
      expect(await world.audit()).toEqual([
        { action: 'session.refused', userId: user.id, address: '192.0.2.7', requestId: 'request-1' },
      ])
    },
  )

  test('refuses a user whose roles give nothing', async () => {
    world.rights.set(user.id, [])
    await expect(replica.sessions.login(user)).rejects.toMatchObject(invalidScope)
  })

  test('gives one answer, for one verification, to everything that is wrong with user or password', async () => {
    const disabled = await world.addUser('disabled', { passwordHash: oldHashOf('correct horse') })
    await world.disableUser(disabled.id)
    const attempts = {
      unknown: { ...user, email: 'nobody@example.org' },
      wrong: { ...user, password: 'wrong' },
      wrongWithBadScopes: { ...user, password: 'wrong', scopes: [] },
      disabled,
      disabledWithBadScopes: { ...disabled, scopes: [] },
    }
    for (const attempt of Object.values(attempts)) {
      world.passwordChecks.length = 0
      await expect(replica.sessions.login(attempt)).rejects.toMatchObject({
        ...invalidCredentials,
        details: {},
      })
      expect(world.passwordChecks).toHaveLength(1)
    }
    expect(await world.audit()).toHaveLength(5)
  })

  test('tells the audit log of refusals, with the user where there is one', async () => {
    await expect(replica.sessions.login({ ...user, password: 'wrong' })).rejects.toMatchObject(
      invalidCredentials,
    )
    await expect(replica.sessions.login({ ...user, email: 'nobody' })).rejects.toMatchObject(
      invalidCredentials,
    )
    expect(await world.audit()).toEqual([
      { action: 'login.refused', userId: user.id, address: '192.0.2.7', requestId: 'request-1' },
      { action: 'login.refused', userId: null, address: '192.0.2.7', requestId: 'request-1' },
    ])
  })

  test('moves an outdated hash to the parameters of today', async () => {
    const old = await world.addUser('old', { passwordHash: oldHashOf('correct horse') })
    await replica.sessions.login(old)
    await replica.sessions.login(old)
    expect(world.passwordChecks).toEqual([oldHashOf('correct horse'), hashOf('correct horse')])
  })

  test('starts no session when the user is disabled while the password is verified', async () => {
    const slow = await whileVerifying(() => world.disableUser(user.id))
    await expect(slow.sessions.login(user)).rejects.toMatchObject(invalidCredentials)
    expect(await world.db.query('SELECT FROM sessions')).toEqual([])
  })

  test('starts no session with a password that is replaced while it is verified', async () => {
    const slow = await whileVerifying(() => setPasswordHash(hashOf('a new one')))
    await expect(slow.sessions.login(user)).rejects.toMatchObject(invalidCredentials)
    expect(await world.db.query('SELECT FROM sessions')).toEqual([])
  })

  test('goes on when the hash only moves to other parameters while it is verified', async () => {
    await setPasswordHash(oldHashOf('correct horse'))
    const slow = await whileVerifying(() => setPasswordHash(hashOf('correct horse')))
    await expect(slow.sessions.login(user)).resolves.toMatchObject({ userId: user.id })
  })

  test('verifies a hash that moved in no transaction: no row and no connection waits for it', async () => {
    await setPasswordHash(oldHashOf('correct horse'))
    const slow = await whileVerifying(() => setPasswordHash(hashOf('correct horse')), {
      async verifyPassword(...check) {
        await world.db.query('SELECT FROM users WHERE id = $1 FOR UPDATE NOWAIT', [user.id])
        return replica.deps.verifyPassword(...check)
      },
    })
    await expect(slow.sessions.login(user)).resolves.toMatchObject({ userId: user.id })
    expect(world.passwordChecks).toEqual([oldHashOf('correct horse'), hashOf('correct horse')])
  })

  test('tries no more than twice with a hash that changes each time', async () => {
    let changes = 0
    const restless = await world.openReplica({
      deps: {
        async verifyPassword() {
          await setPasswordHash(`hash ${(changes += 1)}`)
          return 'match'
        },
      },
    })
    await expect(restless.sessions.login(user)).rejects.toMatchObject(invalidCredentials)
    expect(changes).toBe(2)
    expect(await world.db.query('SELECT FROM sessions')).toEqual([])
  })

  test('answers, and has it told, when the hash cannot be moved to the parameters of today', async () => {
    await setPasswordHash(oldHashOf('correct horse'))
    const failure = new AppError('RATE_LIMITED')
    const crowded = await world.openReplica({ deps: { replacePasswordHash: () => Promise.reject(failure) } })
    const { sessionId } = await crowded.sessions.login(user)
    expect(await world.readSession(sessionId)).toMatchObject({ userId: user.id, endedAt: null })
    expect(world.rehashFailures).toEqual([failure])
  })

  test('keeps no session when the audit log cannot be written', async () => {
    const broken = await world.openReplica({
      deps: { recordAudit: () => Promise.reject(new Error('no room')) },
    })
    await expect(broken.sessions.login(user)).rejects.toThrow('no room')
    expect(await world.db.query('SELECT FROM sessions')).toEqual([])
  })
})

describe('refresh', () => {
  test('exchanges a token for the next pair', async () => {
    const first = await replica.sessions.login(user)
    const second = await refresh(first)
    const third = await refresh(second)
    expect(new Set([first, second, third].map(({ refreshToken }) => refreshToken)).size).toBe(3)
    expect(new Set([first, second, third].map(({ sessionId }) => sessionId)).size).toBe(1)
    expect(await world.readSession(first.sessionId)).toMatchObject({ generation: 2, endedAt: null })
  })

  test('keeps the moment of the sign-in, and the address that the session was last used from', async () => {
    const first = await replica.sessions.login(user)
    const signedInAt = world.now()
    world.advance(60)
    const elsewhere = { ...origin, clientAddress: '198.51.100.9' }
    const next = await replica.sessions.refresh({
      refreshToken: first.refreshToken,
      clientId,
      origin: elsewhere,
    })
    expect(world.claimsOf(next.accessToken).authTime).toEqual(signedInAt)
    expect(await world.readSession(first.sessionId)).toMatchObject({
      address: '198.51.100.9',
      createdAt: signedInAt,
      lastUsedAt: world.now(),
    })
  })

  test('a lost answer is had again, from another replica too, while its successor is unused', async () => {
    const other = await world.openReplica()
    const first = await replica.sessions.login(user)
    const lost = await refresh(first)
    world.advance(29)
    const again = await refresh(first, other)
    expect(again.refreshToken).toBe(lost.refreshToken)
    await expect(refresh(again)).resolves.toMatchObject({ sessionId: first.sessionId })
  })

  test('a repeated answer brings the scopes of now, and no revoked access token', async () => {
    const first = await replica.sessions.login(user)
    const lost = await refresh(first)
    world.rights.set(user.id, ['profile:read'])
    const again = await refresh(first)
    expect(again.scopes).toEqual(['profile:read'])
    expect(again.accessToken).not.toBe(lost.accessToken)
  })

  test.each([
    ['after the successor was used', 1],
    ['after the grace', 30],
  ])('a token shown again %s ends the family, its access tokens included', async (name, seconds) => {
    const first = await replica.sessions.login(user)
    const second = await refresh(first)
    if (name === 'after the successor was used') await refresh(second)
    world.advance(seconds)
    expect(await world.accepts(second.accessToken)).toBe(true)

    await expect(refresh(first)).rejects.toMatchObject(invalidGrant)
    expect(await world.accepts(second.accessToken)).toBe(false)
    await expect(refresh(second)).rejects.toMatchObject(invalidGrant)
    expect(await world.readSession(first.sessionId)).toMatchObject({ endReason: 'replayed' })
    expect((await world.audit()).at(-1)).toEqual({
      action: 'session.ended',
      userId: user.id,
      sessionId: first.sessionId,
      reason: 'replayed',
      credentialId: null,
      address: '192.0.2.7',
      requestId: 'request-1',
    })
  })

  test('a family ends alone: other sessions of the user go on', async () => {
    const [stolen, other] = [await replica.sessions.login(user), await replica.sessions.login(user)]
    await refresh(await refresh(stolen))
    await expect(refresh(stolen)).rejects.toMatchObject(invalidGrant)
    await expect(refresh(other)).resolves.toMatchObject({ sessionId: other.sessionId })
  })

  test('64 requests with one token on two replicas get one successor, and it works', async () => {
    const replicas = [replica, await world.openReplica()]
    const first = await replica.sessions.login(user)
    const answers = await Promise.all(
      Array.from({ length: 64 }, (_, index) => refresh(first, replicas[index % 2])),
    )
    expect(new Set(answers.map(({ refreshToken }) => refreshToken)).size).toBe(1)
    expect(await world.readSession(first.sessionId)).toMatchObject({ generation: 1, endedAt: null })
    const [answer] = answers
    await expect(refresh(answer ?? first)).resolves.toMatchObject({ sessionId: first.sessionId })
  })

  test.each([
    ['text', 'nonsense'],
    ['nothing', ''],
    ['a token of no family', `fgr_${'A'.repeat(64)}`],
  ])('%s is no grant, and ends nothing', async (_name, refreshToken) => {
    await replica.sessions.login(user)
    await expect(refresh({ refreshToken })).rejects.toMatchObject(invalidGrant)
    expect(await replica.sessions.list(user.id)).toHaveLength(1)
  })

  test('a token counts only for the client that it was issued to; trying ends nothing', async () => {
    const { refreshToken } = await replica.sessions.login(user)
    const stranger = { refreshToken, clientId: 'another client', origin }
    await expect(replica.sessions.refresh(stranger)).rejects.toMatchObject(invalidGrant)
    await expect(refresh({ refreshToken })).resolves.toMatchObject({ userId: user.id })
  })

  test('a session that is not used expires, and one that is used expires in the end', async () => {
    const idle = await replica.sessions.login(user)
    let used = await replica.sessions.login(user)
    for (let round = 0; round < 3; round++) {
      world.advance(999)
      used = await refresh(used)
    }
    await expect(refresh(idle)).rejects.toMatchObject(invalidGrant)
    world.advance(3)
    await expect(refresh(used)).rejects.toMatchObject(invalidGrant)
    expect(await replica.sessions.list(user.id)).toEqual([])
  })

  test('a disabled user cannot refresh; what the user had stays gone after it is enabled again', async () => {
    const first = await replica.sessions.login(user)
    await world.disableUser(user.id)
    await expect(refresh(first)).rejects.toMatchObject(invalidGrant)
    await world.enableUser(user.id)
    await expect(refresh(first)).rejects.toMatchObject(invalidGrant)
    expect(await world.readSession(first.sessionId)).toMatchObject({ endReason: 'user_disabled' })
  })

  test('a password that is changed in SQL ends what began with the old one', async () => {
    const first = await replica.sessions.login(user)
    await setPasswordHash(hashOf('a new one'))
    await expect(refresh(first)).rejects.toMatchObject(invalidGrant)
    expect(await world.accepts(first.accessToken)).toBe(false)
    expect(await world.readSession(first.sessionId)).toMatchObject({ endReason: 'password_changed' })
  })

  test('a session that asked for no scopes has what the roles give now', async () => {
    const first = await replica.sessions.login(user)
    world.rights.set(user.id, ['users:read'])
    const second = await refresh(first)
    world.rights.set(user.id, ['profile:read', 'users:write'])
    const third = await refresh(second)
    expect([second.scopes, third.scopes]).toEqual([['users:read'], ['profile:read', 'users:write']])
    expect(await world.readSession(first.sessionId)).toMatchObject({
      scopes: ['profile:read', 'users:write'],
    })
  })

  test('scopes that were asked for stay the ceiling, and come back when the roles give them again', async () => {
    const first = await replica.sessions.login({ ...user, scopes: ['users:write', 'profile:read'] })
    world.rights.set(user.id, ['users:read'])
    const second = await refresh(first)
    world.rights.set(user.id, ['profile:read', 'users:write', 'users:email'])
    const third = await refresh(second)
    expect([second.scopes, third.scopes]).toEqual([['users:read'], ['profile:read', 'users:write']])
  })

  test('a right that is lost while a refresh runs counts as lost for the token that comes of it', async () => {
    const losing = await world.openReplica({
      deps: {
        // After the rights were read, before the token is signed.
        async rightsOfUser(tx, userId) {
          const rights = await replica.deps.rightsOfUser(tx, userId)
          await world.db.query(`SELECT record_revocation('user', $1)`, [userId])
          return rights
        },
      },
    })
    const first = await replica.sessions.login(user)
    const second = await refresh(first, losing)
    expect(await world.accepts(second.accessToken)).toBe(false)
    const third = await refresh(second)
    expect(await world.accepts(third.accessToken)).toBe(true)
  })

  test('with no scope left the token stays good until there is one', async () => {
    const first = await replica.sessions.login(user)
    world.rights.set(user.id, [])
    await expect(refresh(first)).rejects.toMatchObject(invalidScope)
    await expect(refresh(first)).rejects.toMatchObject(invalidScope)
    world.rights.set(user.id, ['profile:read'])
    world.advance(60)
    await expect(refresh(first)).resolves.toMatchObject({ scopes: ['profile:read'] })
  })

  test('when signing fails, nothing has happened', async () => {
    const broken = await world.openReplica({ deps: { signAccessToken: signWithoutKey } })
    const first = await replica.sessions.login(user)
    await expect(refresh(first, broken)).rejects.toThrow('no key')
    world.advance(60)
    await expect(refresh(first)).resolves.toMatchObject({ sessionId: first.sessionId })
  })
})

describe('the end of a session', () => {
  test('logout ends refresh and access tokens; a second one finds it done', async () => {
    const tokens = await replica.sessions.login(user)
    const own = { userId: user.id, sessionId: tokens.sessionId, address: null, requestId: null }
    await replica.sessions.logout(own)
    await expect(refresh(tokens)).rejects.toMatchObject(invalidGrant)
    expect(await world.accepts(tokens.accessToken)).toBe(false)
    expect(await world.readSession(tokens.sessionId)).toMatchObject({
      endReason: 'logout',
      endedAt: world.now(),
    })
    await replica.sessions.logout(own)
    expect(await world.audit()).toHaveLength(2)
    await expect(replica.sessions.revokeSession(own)).rejects.toMatchObject(notFound)
  })

  test('one answer for a session of somebody else, one that ended, one that expired and one that never was', async () => {
    const stranger = await replica.sessions.login(await world.addUser(`stranger-${names++}`))
    const ended = await replica.sessions.login(user)
    await replica.sessions.logout({
      userId: user.id,
      sessionId: ended.sessionId,
      address: null,
      requestId: null,
    })
    const answers = []
    const missing = ['00000000-0000-4000-8000-000000000000', 'nonsense', `${stranger.sessionId}'`]
    for (const sessionId of [stranger.sessionId, ended.sessionId, ...missing]) {
      const revoked = replica.sessions.revokeSession({
        userId: user.id,
        sessionId,
        address: null,
        requestId: null,
      })
      answers.push(await revoked.catch(({ code, message, details }) => ({ code, message, details })))
    }
    expect(answers).toEqual(
      answers.map(() => ({ code: 'NOT_FOUND', message: 'There is no session with this id.', details: {} })),
    )
    await expect(refresh(stranger)).resolves.toMatchObject({ sessionId: stranger.sessionId })
  })

  test('revoking the others leaves the present one and those of other users', async () => {
    const stranger = await replica.sessions.login(await world.addUser(`stranger-${names++}`))
    const present = await replica.sessions.login(user)
    const others = [await replica.sessions.login(user), await replica.sessions.login(user)]
    const own = { userId: user.id, sessionId: present.sessionId, address: null, requestId: null }
    expect(await replica.sessions.revokeOtherSessions(own)).toBe(2)
    expect(await replica.sessions.revokeOtherSessions(own)).toBe(0)
    for (const other of others) {
      expect(await world.accepts(other.accessToken)).toBe(false)
      await expect(refresh(other)).rejects.toMatchObject(invalidGrant)
    }
    await expect(refresh(present)).resolves.toMatchObject({ sessionId: present.sessionId })
    await expect(refresh(stranger)).resolves.toMatchObject({ sessionId: stranger.sessionId })
  })

  test('a caller without a session ends all of them', async () => {
    await replica.sessions.login(user)
    await replica.sessions.login(user)
    expect(
      await replica.sessions.revokeOtherSessions({
        userId: user.id,
        sessionId: null,
        address: null,
        requestId: null,
      }),
    ).toBe(2)
  })

  test('whoever ends a session waits, after the commit, until no replica accepts its access tokens', async () => {
    const waits: unknown[] = []
    const revocationsSettled = async () => {
      waits.push(await world.db.query('SELECT end_reason FROM sessions WHERE end_reason IS NOT NULL'))
      await world.db.query('TRUNCATE sessions')
    }
    const { sessions } = await world.openReplica({ deps: { revocationsSettled } })
    const start = async () => {
      const tokens = await sessions.login(user)
      return { tokens, own: { userId: user.id, sessionId: tokens.sessionId, address: null, requestId: null } }
    }
    await sessions.logout((await start()).own)
    await sessions.revokeSession((await start()).own)
    await sessions.revokeOtherSessions({ ...(await start()).own, sessionId: null })
    const replayed = await start()
    await refresh(await refresh(replayed.tokens))
    await expect(
      sessions.refresh({ refreshToken: replayed.tokens.refreshToken, clientId, origin }),
    ).rejects.toMatchObject(invalidGrant)
    expect(waits).toEqual(
      ['logout', 'revoked', 'revoked', 'replayed'].map((reason) => [{ end_reason: reason }]),
    )
  })

  const nowhere = { address: null, requestId: null }
  const all = { except: null, reason: 'password_changed', ...nowhere } as const
  const waysToEnd: [string, (on: Replica, tokens: SessionTokens) => Promise<unknown>][] = [
    [
      'all',
      ({ sessions, dataSource }) => dataSource.transaction((tx) => sessions.endAllSessions(tx, user.id, all)),
    ],
    [
      'one by its id',
      ({ sessions }, { sessionId }) => sessions.logout({ userId: user.id, sessionId, ...nowhere }),
    ],
    [
      'one by its refresh token',
      ({ sessions }, { refreshToken }) => sessions.endSessionOfToken({ refreshToken, clientId, ...nowhere }),
    ],
  ]

  test.each(waysToEnd)(
    'ending %s on a replica that is five minutes ahead ends what has expired there alone',
    async (_what, end) => {
      const now = () => new Date(world.now().getTime() + 300_000)
      const ahead = await world.openReplica({ deps: { now } })
      const tokens = await replica.sessions.login(user)
      world.advance(lifetime.idleSeconds - 1)
      await end(ahead, tokens)
      expect(await world.accepts(tokens.accessToken)).toBe(false)
      await expect(refresh(tokens)).rejects.toMatchObject(invalidGrant)
    },
  )

  test.each(waysToEnd)('ending %s leaves alone what expired five minutes ago', async (_what, end) => {
    const tokens = await replica.sessions.login(user)
    world.advance(lifetime.idleSeconds + 300)
    await end(replica, tokens)
    expect(await world.readSession(tokens.sessionId)).toMatchObject({ endedAt: null })
    expect(await world.audit()).toMatchObject([{ action: 'session.started' }])
  })

  test('ending all is part of the transaction that asks for it', async () => {
    const tokens = await replica.sessions.login(user)
    const rolledBack = replica.dataSource.transaction(async (tx) => {
      expect(await replica.sessions.endAllSessions(tx, user.id, all)).toBe(1)
      throw new Error('on second thought')
    })
    await expect(rolledBack).rejects.toThrow('on second thought')
    expect(await world.accepts(tokens.accessToken)).toBe(true)
    await expect(refresh(tokens)).resolves.toMatchObject({ sessionId: tokens.sessionId })
  })
})

describe('the list of sessions', () => {
  test('shows the live ones, the one used last first', async () => {
    const oldest = await replica.sessions.login(user)
    world.advance(10)
    const middle = await replica.sessions.login(user)
    world.advance(10)
    const ended = await replica.sessions.login(user)
    await replica.sessions.logout({
      userId: user.id,
      sessionId: ended.sessionId,
      address: null,
      requestId: null,
    })
    await refresh(oldest)
    const listed = await replica.sessions.list(user.id)
    expect(listed.map(({ id }) => id)).toEqual([oldest.sessionId, middle.sessionId])
    expect(listed[0]).toMatchObject({
      device: 'curl',
      address: '192.0.2.7',
      clientId,
      lastUsedAt: world.now(),
    })
  })
})
