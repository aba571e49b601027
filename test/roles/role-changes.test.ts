import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { asCaller, createTestApp, type TestApp, testAdministrator } from '../../src/testing/test-app.js'
import { untilWaiting } from '../support/lock-waits.js'

let app: TestApp
beforeAll(async () => {
  app = await createTestApp()
})
afterAll(() => app.stop())

type Role = { name: string; description: string; scopes: string[] }
type Answer = { createRole?: Role; updateRole?: Role; deleteRole?: boolean; roles?: Role[] }

const run = (query: string, variables: Record<string, unknown>, scopes: readonly string[] = app.scopes) =>
  app.execute<Answer, Record<string, unknown>>(query, variables, asCaller({ scopes }))

const create = (input: Partial<Role>, scopes?: readonly string[]) =>
  run(
    'mutation ($input: CreateRoleInput!) { createRole(input: $input) { name description scopes } }',
    { input: { name: newName(), description: 'For tests', scopes: ['profile:read'], ...input } },
    scopes,
  )
const update = (name: string, input: object, scopes?: readonly string[]) =>
  run(
    'mutation ($name: ID!, $input: UpdateRoleInput!) { updateRole(name: $name, input: $input) { name description scopes } }',
    { name, input },
    scopes,
  )
const remove = (name: string, scopes?: readonly string[]) =>
  run('mutation ($name: ID!) { deleteRole(name: $name) }', { name }, scopes)

let made = 0
const newName = () => `role-${(made += 1)}`

async function madeRole(scopes: readonly string[]): Promise<string> {
  const { data, errors } = await create({ scopes: [...scopes] })
  if (!data?.createRole) throw new Error(JSON.stringify(errors))
  return data.createRole.name
}

const refusalOf = async (answer: ReturnType<typeof run>) => {
  const { data, errors } = await answer
  expect(data ?? null).toBeNull()
  const { code, field } = errors[0]?.extensions ?? {}
  return [code, field].filter((part) => typeof part === 'string').join(' ')
}

const statusOf = async (token: string) => (await app.post('{ users { nodes { id } } }', {}, { token })).status

describe('createRole', () => {
  test('ROLE-10 makes a role that can be given, and gives its scopes', async () => {
    const { data } = await create({ name: 'reader-2', scopes: ['users:read', 'profile:read', 'users:read'] })
    expect(data?.createRole).toEqual({
      name: 'reader-2',
      description: 'For tests',
      scopes: ['profile:read', 'users:read'],
    })
    const user = await app.createUser({ roles: ['reader-2'] })
    expect((await app.signIn(user)).scopes).toEqual(['profile:read', 'users:read'])
  })

  test.each([
    [{ name: 'Reader' }, 'BAD_USER_INPUT name'],
    [{ name: '2nd' }, 'BAD_USER_INPUT name'],
    [{ name: '' }, 'BAD_USER_INPUT name'],
    [{ name: 'a'.repeat(51) }, 'BAD_USER_INPUT name'],
    [{ name: 'member' }, 'BAD_USER_INPUT name'],
    [{ description: '  ' }, 'BAD_USER_INPUT description'],
    [{ description: 'a'.repeat(201) }, 'BAD_USER_INPUT description'],
    [{ scopes: [] }, 'BAD_USER_INPUT scopes'],
    [{ scopes: ['users:raed'] }, 'BAD_USER_INPUT scopes'],
    [{ scopes: ['__proto__'] }, 'BAD_USER_INPUT scopes'],
  ])('ROLE-11 refuses %j with %s', async (input, refusal) => {
    expect(await refusalOf(create(input))).toBe(refusal)
  })

  test('ROLE-12 gives no scope that the caller lacks; what the scopes of the caller imply counts', async () => {
    expect(await refusalOf(create({ scopes: ['users:write'] }, ['roles:write', 'users:read']))).toBe(
      'FORBIDDEN',
    )
    const { errors } = await create({ scopes: ['users:read'] }, ['roles:write', 'users:write'])
    expect(errors).toEqual([])
  })

  test('ROLE-13 is for roles:write alone', async () => {
    const { status } = await create({}, ['roles:assign', 'roles:read', 'profile:read'])
    expect(status).toBe(403)
  })

  test('ROLE-14 of two who make the same role at once, one does', async () => {
    const name = newName()
    const answers = await Promise.all([create({ name }), create({ name })])
    expect(answers.flatMap(({ errors }) => errors)).toHaveLength(1)
  })
})

describe('updateRole', () => {
  test('ROLE-20 a scope that is taken counts nowhere any more when it answers; the next refresh has the rest', async () => {
    const name = await madeRole(['users:read', 'profile:read'])
    const user = await app.createUser({ roles: [name] })
    const { accessToken, refreshToken } = await app.signIn(user)
    expect(await statusOf(accessToken)).toBe(200)
    const { data } = await update(name, { scopes: ['profile:read', 'profile:write'] })
    expect(data?.updateRole?.scopes).toEqual(['profile:read', 'profile:write'])
    expect(await statusOf(accessToken)).toBe(401)
    const refreshed = await app.post<{ refresh: { scopes: string[] } }, object>(
      'mutation ($token: String!) { refresh(refreshToken: $token) { scopes } }',
      { token: refreshToken },
    )
    expect(refreshed.data?.refresh.scopes).toEqual(['profile:read', 'profile:write'])
  })

  test('ROLE-21 what is left out stays, and null is left out', async () => {
    const name = await madeRole(['users:read'])
    expect((await update(name, { description: 'Other words' })).data?.updateRole).toEqual({
      name,
      description: 'Other words',
      scopes: ['users:read'],
    })
    const { data } = await update(name, { description: null, scopes: ['profile:read'] })
    expect(data?.updateRole).toEqual({ name, description: 'Other words', scopes: ['profile:read'] })
  })

  test('ROLE-22 neither gives nor takes what the caller lacks, and changes nothing of what it refuses', async () => {
    const name = await madeRole(['users:write'])
    const little = ['roles:write', 'users:read']
    expect(await refusalOf(update(name, { scopes: ['users:read'] }, little))).toBe('FORBIDDEN')
    const smaller = await madeRole(['users:read'])
    const wider = update(smaller, { description: 'Wider', scopes: ['users:read', 'users:write'] }, little)
    expect(await refusalOf(wider)).toBe('FORBIDDEN')
    const { data } = await run('{ roles { name description scopes } }', {})
    expect(data?.roles).toContainEqual({ name: smaller, description: 'For tests', scopes: ['users:read'] })
  })

  test('ROLE-23 the administrator keeps every scope, and may be described anew', async () => {
    expect(await refusalOf(update('admin', { scopes: ['profile:read'] }))).toBe('BAD_USER_INPUT')
    const { data } = await update('admin', { description: 'All of it' })
    expect(data?.updateRole?.scopes).toEqual(app.scopes)
  })

  test('ROLE-24 keeps scopes of a build that knows more than this one', async () => {
    const name = await madeRole(['users:read'])
    await app.database.query(`INSERT INTO scopes VALUES ('notes:read')`)
    await app.database.query(`INSERT INTO role_scopes VALUES ($1, 'notes:read')`, [name])
    await update(name, { scopes: ['profile:read'] })
    const rows = await app.database.query<{ scope: string }[]>(
      'SELECT scope FROM role_scopes WHERE role_name = $1 ORDER BY scope',
      [name],
    )
    expect(rows.map(({ scope }) => scope)).toEqual(['notes:read', 'profile:read'])
  })

  test('ROLE-25 refuses a role that there is none of', async () => {
    expect(await refusalOf(update('emperor', {}))).toBe('NOT_FOUND')
  })
})

describe('deleteRole', () => {
  test('ROLE-34 troubles nobody', async () => {
    const name = await madeRole(['users:read'])
    const { accessToken } = await app.signIn(testAdministrator)
    expect((await remove(name)).errors).toEqual([])
    expect(await statusOf(accessToken)).toBe(200)
  })

  test('ROLE-30 removes a role that nobody has', async () => {
    const name = await madeRole(['users:read'])
    const user = await app.createUser({ roles: [name] })
    expect(await refusalOf(remove(name))).toBe('BAD_USER_INPUT')
    await run('mutation ($id: ID!) { setUserRoles(userId: $id, roles: ["member"]) { id } }', { id: user.id })
    expect((await remove(name)).data).toEqual({ deleteRole: true })
    expect(await refusalOf(remove(name))).toBe('NOT_FOUND')
  })

  test.each(['admin', 'support', 'member'])(
    'ROLE-31 keeps %s, which the next start would make again',
    async (name) => {
      expect(await refusalOf(remove(name))).toBe('BAD_USER_INPUT')
    },
  )

  test('ROLE-32 removes no role with scopes that the caller lacks', async () => {
    const name = await madeRole(['users:write'])
    expect(await refusalOf(remove(name, ['roles:write']))).toBe('FORBIDDEN')
  })

  test('ROLE-33 who gives the role at that moment is told that there is none', async () => {
    const name = await madeRole(['users:read'])
    const user = await app.createUser({ roles: ['member'] })
    const runner = app.database.createQueryRunner()
    await runner.startTransaction()
    await runner.query('DELETE FROM roles WHERE name = $1', [name])
    const giving = run(
      'mutation ($id: ID!, $roles: [String!]!) { setUserRoles(userId: $id, roles: $roles) { id } }',
      {
        id: user.id,
        roles: [name],
      },
    )
    await untilWaiting(app.database, 1)
    await runner.commitTransaction()
    await runner.release()
    expect(await refusalOf(giving)).toBe('BAD_USER_INPUT roles')
  })
})

test('ROLE-26 who makes a user meanwhile hands on no scope that the role was given and the maker lacks', async () => {
  const name = await madeRole(['users:read'])
  const runner = app.database.createQueryRunner()
  await runner.startTransaction()
  await runner.query('SELECT FROM roles WHERE name = $1 FOR UPDATE', [name])
  await runner.query(`INSERT INTO role_scopes VALUES ($1, 'audit:read')`, [name])
  const document = 'mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }'
  const input = { name: 'New', email: `${name}@example.com`, password: 'a password for tests', roles: [name] }
  const making = run(document, { input }, ['users:write', 'roles:assign'])
  await untilWaiting(app.database, 1)
  await runner.commitTransaction()
  await runner.release()
  expect(await refusalOf(making)).toBe('FORBIDDEN')
})

test('ROLE-40 each change is in the audit log, with what it gave and took', async () => {
  const name = await madeRole(['users:read'])
  await update(name, { scopes: ['profile:read'] })
  await remove(name)
  const rows = await app.database.query<{ action: string; details: object }[]>(
    'SELECT action, details FROM audit_events WHERE subject_id = $1 ORDER BY created_at, id',
    [name],
  )
  const told = Object.fromEntries(rows.map(({ action, details }) => [action, details]))
  expect(told).toMatchObject({
    'role.created': { scopes: ['users:read'] },
    'role.updated': { given: ['profile:read'], taken: ['users:read'] },
    'role.deleted': { scopes: ['profile:read'] },
  })
})
