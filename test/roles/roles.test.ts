import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { seedRoles } from '../../src/roles/role-seeds.js'
import { asCaller, createTestApp, type TestApp, testAdministrator } from '../../src/testing/test-app.js'

let app: TestApp
beforeAll(async () => {
  app = await createTestApp()
})
afterAll(() => app.stop())

const setRoles = (userId: string, roles: readonly string[], scopes: readonly string[] = app.scopes) =>
  app.execute<{ setUserRoles: { roles: { name: string }[] } }, Record<string, unknown>>(
    'mutation ($userId: ID!, $roles: [String!]!) { setUserRoles(userId: $userId, roles: $roles) { id roles { name } } }',
    { userId, roles },
    asCaller({ scopes }),
  )
const codeOf = async (response: ReturnType<typeof setRoles>) =>
  (await response).errors[0]?.extensions?.['code']

async function administratorId(): Promise<string> {
  const { data } = await app.execute<{ users: { nodes: { id: string }[] } }, Record<string, unknown>>(
    'query ($search: String) { users(search: $search) { nodes { id } } }',
    { search: testAdministrator.email },
    asCaller({ scopes: app.scopes }),
  )
  return data?.users.nodes[0]?.id ?? ''
}

describe('setUserRoles', () => {
  test('gives exactly the roles asked for, and their scopes from the next sign-in on', async () => {
    const user = await app.createUser({ roles: ['member'] })
    const { data } = await setRoles(user.id, ['support', 'support'])
    expect(data?.setUserRoles.roles).toEqual([{ name: 'support' }])
    expect((await app.signIn(user)).scopes).toEqual([
      'profile:read',
      'profile:write',
      'roles:read',
      'users:email',
      'users:read',
    ])
  })

  test('counts what the scopes of the caller imply', async () => {
    const user = await app.createUser({ roles: ['member'] })
    // users:write implies users:read, roles:assign implies roles:read: together all that support has.
    const some = ['users:write', 'users:email', 'roles:assign', 'profile:read', 'profile:write']
    expect((await setRoles(user.id, ['member', 'support'], some)).errors).toEqual([])
  })

  test('neither gives nor takes a role with scopes that the caller lacks', async () => {
    const user = await app.createUser({ roles: ['support'] })
    const little = ['roles:assign', 'profile:read', 'profile:write']
    expect(await codeOf(setRoles(user.id, ['support', 'admin'], little))).toBe('FORBIDDEN')
    expect(await codeOf(setRoles(user.id, ['member'], little))).toBe('FORBIDDEN')
    expect((await setRoles(user.id, ['support', 'member'], little)).errors).toEqual([])
  })

  test('refuses roles that there are none of, and users', async () => {
    const user = await app.createUser({ roles: ['member'] })
    for (const name of ['emperor', '', '__proto__', 'constructor']) {
      expect(await codeOf(setRoles(user.id, [name]))).toBe('BAD_USER_INPUT')
    }
    expect(await codeOf(setRoles('00000000-0000-4000-8000-000000000009', ['member']))).toBe('NOT_FOUND')
  })

  test('keeps the last administrator, also when two remove each other at once', async () => {
    const first = await administratorId()
    expect(await codeOf(setRoles(first, ['member']))).toBe('BAD_USER_INPUT')
    const second = (await app.createUser({ roles: ['admin'] })).id
    const codes = await Promise.all([
      codeOf(setRoles(first, ['member'])),
      codeOf(setRoles(second, ['member'])),
    ])
    expect(codes.toSorted()).toEqual(['BAD_USER_INPUT', undefined])
    const administrators = await app.database.query('SELECT FROM user_roles WHERE role_name = $1', ['admin'])
    expect(administrators).toHaveLength(1)
  })

  test('takes every role away when asked for none', async () => {
    const user = await app.createUser({ roles: ['member'] })
    expect((await setRoles(user.id, [])).data?.setUserRoles.roles).toEqual([])
    await expect(app.signIn(user)).rejects.toThrow('INVALID_SCOPE')
  })
})

describe('the seeds', () => {
  const registry = { 'notes:read': { description: '', implies: [], grantedTo: ['member'] } }
  const holders = async (scope: string) => {
    const rows = await app.database.query<{ role_name: string }[]>(
      'SELECT role_name FROM role_scopes WHERE scope = $1 ORDER BY role_name',
      [scope],
    )
    return rows.map((row) => row.role_name)
  }

  test('give every seeded role at least one scope', async () => {
    const { data } = await app.execute<
      { roles: { name: string; scopes: string[] }[] },
      Record<string, unknown>
    >('{ roles { name scopes } }', {}, asCaller({ scopes: ['roles:read'] }))
    expect(data?.roles.map(({ name }) => name)).toEqual(['admin', 'member', 'support'])
    for (const { scopes } of data?.roles ?? []) expect(scopes.length).toBeGreaterThan(0)
  })

  test('grant a new scope once, and leave taken what an operator took', async () => {
    await seedRoles(app.database.manager, registry)
    expect(await holders('notes:read')).toEqual(['admin', 'member'])
    await app.database.query(`DELETE FROM role_scopes WHERE scope = 'notes:read' AND role_name = 'member'`)
    await seedRoles(app.database.manager, registry)
    expect(await holders('notes:read')).toEqual(['admin'])
  })

  test('describe roles once: an older database keeps the words that it has, and is seeded all the same', async () => {
    const described = async () => {
      type Roles = { roles: { name: string; description: string }[] }
      const asked = '{ roles { name description } }'
      const { data } = await app.execute<Roles, Record<string, unknown>>(
        asked,
        {},
        asCaller({ scopes: ['roles:read'] }),
      )
      return data?.roles.find(({ name }) => name === 'member')?.description
    }
    expect(await described()).toBe("Manage one's own account")
    await app.database.query(`UPDATE roles SET description = 'Be oneself' WHERE name = 'member'`)
    await seedRoles(app.database.manager, registry)
    expect(await described()).toBe('Be oneself')
  })

  test('survive replicas that start at once', async () => {
    const another = { 'notes:write': { description: '', implies: [], grantedTo: ['member'] } }
    await Promise.all(Array.from({ length: 4 }, () => seedRoles(app.database.manager, another)))
    expect(await holders('notes:write')).toEqual(['admin', 'member'])
  })

  test('a scope that this build does not know grants nothing', async () => {
    const { data } = await app.execute<{ roles: { scopes: string[] }[] }, Record<string, unknown>>(
      '{ roles { scopes } }',
      {},
      asCaller({ scopes: ['roles:read'] }),
    )
    expect(data?.roles.flatMap(({ scopes }) => scopes)).not.toContain('notes:write')
  })
})
