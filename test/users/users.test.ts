import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { asCaller, createTestApp, type TestApp, testAdministrator } from '../../src/testing/test-app.js'
import { watchStatements } from '../support/statements.js'

let app: TestApp
beforeAll(async () => {
  app = await createTestApp()
})
afterAll(() => app.stop())

const administrator = asCaller({
  scopes: ['users:write', 'users:email', 'roles:assign', 'profile:read', 'profile:write'],
})
const reader = asCaller({ scopes: ['users:read'] })
const codesOf = (response: { errors: readonly { extensions?: Record<string, unknown> }[] }) =>
  response.errors.map(({ extensions }) => extensions?.['code'])

describe('register', () => {
  const register = (input: Record<string, unknown>) =>
    app.execute<{ register: { userId: string } }, { input: unknown }>(
      'mutation ($input: RegisterInput!) { register(input: $input) { userId } }',
      { input },
    )

  test('makes a newcomer who can sign in and see themselves', async () => {
    const ada = { name: 'Ada', email: 'Ada@Example.com', password: 'correct horse battery' }
    const { data } = await register(ada)
    const { accessToken, scopes } = await app.signIn({ email: 'ada@example.COM', password: ada.password })
    expect(scopes).toEqual(['profile:read', 'profile:write'])
    const me = await app.post('{ me { id name email roles { name } } }', {}, { token: accessToken })
    expect(me.data).toEqual({
      me: { id: data?.register.userId, name: 'Ada', email: 'Ada@Example.com', roles: [{ name: 'member' }] },
    })
  })

  test('refuses an address that is no Unicode, of which two would be stored as one', async () => {
    const input = { name: 'Uni', email: '\ud800@example.com', password: 'correct horse battery' }
    const { errors, status } = await app.post(
      'mutation ($input: RegisterInput!) { register(input: $input) { userId } }',
      { input },
    )
    expect([status, errors[0]?.message]).toEqual([400, expect.stringContaining('well-formed Unicode')])
  })

  test('refuses an address that is taken, whatever its case', async () => {
    const input = { name: 'Bea', email: 'bea@example.com', password: 'correct horse battery' }
    await register(input)
    expect(codesOf(await register({ ...input, email: 'BEA@example.com' }))).toEqual(['EMAIL_TAKEN'])
  })

  test('lets one of several win who take an address at once', async () => {
    const input = { name: 'Cyd', email: 'cyd@example.com', password: 'correct horse battery' }
    const answers = await Promise.all(Array.from({ length: 6 }, () => register(input)))
    const codes = answers.flatMap(codesOf)
    expect(codes).toEqual(Array.from({ length: 5 }, () => 'EMAIL_TAKEN'))
  })

  test.each([
    ['an address without @', { email: 'nobody' }, 'email'],
    ['an empty name', { name: '   ' }, 'name'],
    ['a name of 101 characters', { name: 'n'.repeat(101) }, 'name'],
    ['an address that looks like another', { email: 'dora@example.com\u200b' }, 'email'],
    ['a name with a control character', { name: 'a\u0007b' }, 'name'],
    ['a name that cannot be seen', { name: '\u3164' }, 'name'],
    ['a name that turns text around', { name: 'a\u202eb' }, 'name'],
    ['a short password', { password: 'short' }, 'password'],
    ['a common password', { password: 'password1' }, 'password'],
    ['the address as password', { password: 'dora@example.com' }, 'password'],
  ])('refuses %s, and says which argument it is', async (_what, part, field) => {
    const input = { name: 'Dora', email: 'dora@example.com', password: 'correct horse battery', ...part }
    const { errors } = await register(input)
    expect(errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field })
  })
})

test('where registration is closed a stranger is told so, and an administrator makes users', async () => {
  const closed = await createTestApp({ env: { REGISTRATION: 'closed' } })
  const input = { name: 'Cem', email: 'cem@example.com', password: 'correct horse battery' }
  const { errors } = await closed.post(
    'mutation ($input: RegisterInput!) { register(input: $input) { userId } }',
    { input },
  )
  expect(codesOf({ errors })).toEqual(['FORBIDDEN'])
  expect(errors[0]?.message).toContain('Ask an administrator')
  await expect(closed.createUser({ roles: ['member'] })).resolves.toHaveProperty('id')
  await closed.stop()
})

describe('createUser', () => {
  const create = (roles: readonly string[] | null, as = administrator) => {
    const email = `created-${Math.random()}@example.com`
    const input = { name: 'New', email, password: 'correct horse battery', ...(roles && { roles }) }
    return app.execute(
      'mutation ($input: CreateUserInput!) { createUser(input: $input) { email } }',
      { input },
      as,
    )
  }

  test('gives the role of a newcomer where none is asked for', async () => {
    expect((await create(null)).errors).toEqual([])
  })

  test('refuses a role whose scopes the caller lacks', async () => {
    expect(codesOf(await create(['admin']))).toEqual(['FORBIDDEN'])
  })

  test('refuses a role that there is none of', async () => {
    expect(codesOf(await create(['emperor']))).toEqual(['BAD_USER_INPUT'])
  })

  test('refuses roles from a caller who may not assign any', async () => {
    const response = await create(['member'], asCaller({ scopes: ['users:write'] }))
    expect(codesOf(response)).toEqual(['FORBIDDEN'])
    expect(response.status).toBe(403)
  })
})

describe('users', () => {
  type Page = {
    users: {
      nodes: { name: string }[]
      pageInfo: { hasNextPage: boolean; endCursor: string }
      totalCount: number
    }
  }
  const list = (variables: Record<string, unknown>, as = administrator) =>
    app.execute<Page, Record<string, unknown>>(
      `query ($first: Int, $after: String, $last: Int, $before: String, $search: String) {
         users(first: $first, after: $after, last: $last, before: $before, search: $search) {
           nodes { name } pageInfo { hasNextPage endCursor } totalCount
         }
       }`,
      variables,
      as,
    )

  test('are found by a part of the name or of the address, with % and _ as themselves', async () => {
    for (const name of ['100% Percy', 'under_score', 'Plain']) {
      const input = {
        name,
        email: `${encodeURIComponent(name)}@search.example`,
        password: 'correct horse battery',
      }
      await app.execute(
        'mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }',
        { input },
        administrator,
      )
    }
    const namesFor = async (search: string) =>
      (await list({ search })).data?.users.nodes.map(({ name }) => name)
    expect(await namesFor('0% per')).toEqual(['100% Percy'])
    expect(await namesFor('r_s')).toEqual(['under_score'])
    expect(await namesFor('PLAIN@SEARCH')).toEqual(['Plain'])
    expect((await list({ search: '@search.example' })).data?.users.totalCount).toBe(3)
    expect(await namesFor('%')).toEqual(['100% Percy'])
  })

  test('are found by letters whose accents are typed apart, as some keyboards do', async () => {
    await app.createUser({ roles: ['member'], name: 'Ren\u00e9e' })
    expect((await list({ search: 'rene\u0301e' })).data?.users.nodes).toEqual([{ name: 'Ren\u00e9e' }])
  })

  test('are none for a megabyte, and whoever sends it is answered', async () => {
    // Marks in no order, the slowest that there is to normalize.
    const { data, errors } = await list({ search: '\u0315\u0300'.repeat(2 ** 18) })
    expect([data?.users.totalCount, errors]).toEqual([0, []])
  })

  test('cannot be searched by a caller who may not read addresses', async () => {
    expect(codesOf(await list({ search: 'ada' }, reader))).toEqual(['FORBIDDEN'])
    expect(codesOf(await list({ first: 1 }, reader))).toEqual([])
  })

  test('come newest first, page by page, each once', async () => {
    const all = (await list({ first: 100 })).data?.users.nodes.map(({ name }) => name)
    const seen: string[] = []
    for (let after: string | undefined, more = true; more; ) {
      const page = (await list({ first: 2, ...(after && { after }) })).data?.users
      seen.push(...(page?.nodes.map(({ name }) => name) ?? []))
      after = page?.pageInfo.endCursor
      more = page?.pageInfo.hasNextPage === true
    }
    expect(seen).toEqual(all)
  })

  test('with roles cost a constant number of SQL statements', async () => {
    const everybody = asCaller({ scopes: ['users:read', 'roles:read'] })
    const statements = async (first: number) => {
      const sent = watchStatements()
      await app.execute(
        'query ($first: Int) { users(first: $first) { totalCount nodes { id roles { name scopes } } } }',
        { first },
        everybody,
      )
      // What runs in the background speaks of neither.
      const count = sent.texts().filter((text) => /users|roles/.test(text)).length
      sent.stop()
      return count
    }
    const one = await statements(1)
    expect(one).toBeGreaterThan(2)
    expect(await statements(50)).toBe(one)
  })

  test('says what is wrong with a page that cannot be', async () => {
    expect(codesOf(await list({ first: 101 }))).toEqual(['BAD_USER_INPUT'])
    expect(codesOf(await list({ first: 1, after: 'nonsense' }))).toEqual(['BAD_USER_INPUT'])
  })
})

describe('a disabled user', () => {
  test('cannot sign in, with the same answer as for a wrong password, until enabled again', async () => {
    const user = await app.createUser({ roles: ['member'] })
    const set = (field: string) =>
      app.execute(
        `mutation ($id: ID!) { ${field}(id: $id) { id disabledAt } }`,
        { id: user.id },
        administrator,
      )
    await set('disableUser')
    const login =
      'mutation ($email: String!, $password: String!) { login(email: $email, password: $password) { sessionId } }'
    const disabled = await app.execute(login, { email: user.email, password: user.password })
    const wrong = await app.execute(login, {
      email: testAdministrator.email,
      password: 'not this one at all',
    })
    expect(disabled.errors).toMatchObject([
      { message: wrong.errors[0]?.message, extensions: { code: 'INVALID_CREDENTIALS' } },
    ])
    await set('enableUser')
    expect((await app.signIn(user)).scopes).toContain('profile:read')
  })

  test('has no session left, and the log says which ended', async () => {
    const user = await app.createUser({ roles: ['member'] })
    const { sessionId } = await app.signIn(user)
    const disable = 'mutation ($id: ID!) { disableUser(id: $id) { id } }'
    expect(codesOf(await app.execute(disable, { id: user.id }, administrator))).toEqual([])
    const ofUser = `SELECT action, actor_id, details FROM audit_events WHERE subject_id = $1
      AND action IN ('user.disabled', 'session.ended') ORDER BY action`
    expect(await app.database.query(ofUser, [user.id])).toMatchObject([
      {
        action: 'session.ended',
        actor_id: administrator.id,
        details: { sessionId, reason: 'user_disabled' },
      },
      { action: 'user.disabled', actor_id: administrator.id },
    ])
  })

  test('is known to the log by one id, however the caller writes it', async () => {
    const { id } = await app.createUser({ roles: ['member'] })
    for (const field of ['disableUser', 'enableUser']) {
      const document = `mutation ($id: ID!) { ${field}(id: $id) { id } }`
      expect(codesOf(await app.execute(document, { id: id.toUpperCase() }, administrator))).toEqual([])
    }
    const ofUser = `SELECT action FROM audit_events WHERE subject_id = $1
      AND action IN ('user.disabled', 'user.enabled') ORDER BY action`
    expect(await app.database.query(ofUser, [id])).toEqual([
      { action: 'user.disabled' },
      { action: 'user.enabled' },
    ])
  })

  test('is nobody who has scopes that the caller lacks', async () => {
    const { id } = await app.createUser({ roles: ['admin'] })
    const document = 'mutation ($id: ID!) { disableUser(id: $id) { id } }'
    expect(codesOf(await app.execute(document, { id }, administrator))).toEqual(['FORBIDDEN'])
    expect(codesOf(await app.execute(document, { id }, asCaller({ scopes: app.scopes })))).toEqual([])
  })

  test('is enabled by nobody who lacks scopes of that user', async () => {
    const { id } = await app.createUser({ roles: ['admin'] })
    const everything = asCaller({ scopes: app.scopes })
    const set = (field: string, as: typeof everything) =>
      app.execute(`mutation ($id: ID!) { ${field}(id: $id) { id } }`, { id }, as)
    await set('disableUser', everything)
    expect(codesOf(await set('enableUser', administrator))).toEqual(['FORBIDDEN'])
    const row = 'SELECT disabled_at IS NULL AS enabled FROM users WHERE id = $1'
    expect(await app.database.query(row, [id])).toEqual([{ enabled: false }])
    expect(codesOf(await set('enableUser', everything))).toEqual([])
    await set('disableUser', everything)
  })

  test('of more rights than the caller is refused without a word about which rights those are', async () => {
    const { id } = await app.createUser({ roles: ['support'] })
    const writer = asCaller({ scopes: ['users:write'] })
    for (const field of ['disableUser', 'enableUser']) {
      const { errors } = await app.execute(`mutation ($id: ID!) { ${field}(id: $id) { id } }`, { id }, writer)
      expect(errors).toMatchObject([
        { message: 'This user has rights that you lack.', extensions: { code: 'FORBIDDEN' } },
      ])
      expect(JSON.stringify(errors)).not.toContain('support')
    }
  })

  test('is never the last administrator', async () => {
    const { data } = await app.execute<{ users: { nodes: { id: string }[] } }, { search: string }>(
      'query ($search: String) { users(search: $search) { nodes { id } } }',
      { search: testAdministrator.email },
      administrator,
    )
    const id = data?.users.nodes[0]?.id ?? ''
    const response = await app.execute(
      'mutation ($id: ID!) { disableUser(id: $id) { id } }',
      { id },
      asCaller({ scopes: app.scopes }),
    )
    expect(codesOf(response)).toEqual(['BAD_USER_INPUT'])
    expect((await app.signIn(testAdministrator)).sessionId).toBeTruthy()
  })

  test.each(['00000000-0000-4000-8000-000000000001', 'nonsense', "'; --"])(
    'that is none (%s) is NOT_FOUND',
    async (id) => {
      const response = await app.execute(
        'mutation ($id: ID!) { disableUser(id: $id) { id } }',
        { id },
        administrator,
      )
      expect(codesOf(response)).toEqual(['NOT_FOUND'])
    },
  )
})

describe('changePassword', () => {
  const change = (token: string, currentPassword: string, newPassword: string) =>
    app.post(
      'mutation ($a: String!, $b: String!) { changePassword(currentPassword: $a, newPassword: $b) }',
      { a: currentPassword, b: newPassword },
      { token },
    )

  test('needs the present password and an acceptable new one', async () => {
    const user = await app.createUser({ roles: ['member'] })
    const { accessToken } = await app.signIn(user)
    expect(codesOf(await change(accessToken, 'not the present one', 'another fine password'))).toEqual([
      'INVALID_CREDENTIALS',
    ])
    expect((await change(accessToken, user.password, 'short')).errors[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      field: 'newPassword',
    })
    expect((await change(accessToken, user.password, 'another fine password')).data).toEqual({
      changePassword: true,
    })
    await expect(app.signIn(user)).rejects.toThrow('INVALID_CREDENTIALS')
    await app.signIn({ ...user, password: 'another fine password' })
  })

  test('lets one of two changes at once win', async () => {
    const user = await app.createUser({ roles: ['member'] })
    const { accessToken } = await app.signIn(user)
    const answers = await Promise.all([
      change(accessToken, user.password, 'the first new password'),
      change(accessToken, user.password, 'the second new password'),
    ])
    expect(answers.flatMap(codesOf)).toEqual(['INVALID_CREDENTIALS'])
  })
})
