import { afterAll, beforeAll, expect, test } from 'vitest'
import { lastPosition, lastPositionSql } from '../../src/revocations/revocation-log.js'
import { queryOn } from '../../src/revocations/revocation-service.js'
import { createRoleService, type Rights } from '../../src/roles/role-service.js'
import { createTestApp, type TestApp } from '../../src/testing/test-app.js'

let app: TestApp
beforeAll(async () => {
  app = await createTestApp()
})
afterAll(() => app.stop())

const refuse = () => Promise.reject(new Error('Nothing is changed here.'))

function rightsOfUser(userId: string): Promise<Rights | null> {
  const roles = createRoleService({
    db: app.database.manager,
    registry: { 'users:email': { description: '', implies: [], grantedTo: [] } },
    expandScopes: (scopes) => new Set(scopes),
    recordAudit: refuse,
    revocationsAsOfSql: lastPositionSql,
    revocationsSettled: refuse,
  })
  return roles.rightsOfUser(app.database.manager, userId)
}

test('Rights have the place in the log as of which they are, however they are taken meanwhile', async () => {
  const { id } = await app.createUser({ roles: ['member'] })
  const endOfLog = () => lastPosition(queryOn(app.database.manager))
  for (let round = 0; round < 20; round++) {
    await app.database.query(`INSERT INTO user_roles VALUES ($1, 'support')`, [id])
    const before = await endOfLog()
    const readings: Promise<Rights | null>[] = []
    const read = () => readings.push(rightsOfUser(id))
    read()
    const taking = app.database.query(`DELETE FROM user_roles WHERE user_id = $1 AND role_name = 'support'`, [
      id,
    ])
    read()
    read()
    await taking
    read()
    const after = await endOfLog()
    expect(after).toBeGreaterThan(before)
    const all = await Promise.all(readings)
    expect(all.at(-1)).toEqual({ scopes: [], asOf: after })
    for (const rights of all) {
      expect(rights).toEqual({
        scopes: rights?.asOf === after ? [] : ['users:email'],
        asOf: rights?.asOf === after ? after : before,
      })
    }
  }
})

test('Who is disabled or gone has no rights, and who has no role has none of them', async () => {
  const { id } = await app.createUser({ roles: ['support'] })
  expect((await rightsOfUser(id))?.scopes).toEqual(['users:email'])
  await app.database.query('DELETE FROM user_roles WHERE user_id = $1', [id])
  expect((await rightsOfUser(id))?.scopes).toEqual([])
  await app.database.query('UPDATE users SET disabled_at = now() WHERE id = $1', [id])
  expect(await rightsOfUser(id)).toBeNull()
  expect(await rightsOfUser('00000000-0000-4000-8000-000000000000')).toBeNull()
})
