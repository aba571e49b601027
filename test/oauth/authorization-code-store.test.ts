import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { hashCode } from '../../src/oauth/authorization-code.js'
import {
  type AuthorizationCodeStore,
  createAuthorizationCodeStore,
} from '../../src/oauth/authorization-code-store.js'
import { createTestApp, type TestApp } from '../../src/testing/test-app.js'

let app: TestApp
let codes: AuthorizationCodeStore
let clock = Date.parse('2026-03-01T12:00:00Z')
let grant: Parameters<AuthorizationCodeStore['issue']>[1]
beforeAll(async () => {
  app = await createTestApp()
  codes = createAuthorizationCodeStore({ db: app.database.manager, now: () => new Date(clock), randomBytes })
  const { id: userId } = await app.createUser({ roles: ['member'] })
  const [{ id: clientId }] = await app.database.query<[{ id: string }]>(
    `INSERT INTO clients (name, kind, redirect_uris, scopes, created_at)
     VALUES ('notes', 'public', '{https://app.example.com/}', '{profile:read}', now()) RETURNING id`,
  )
  const redirectUri = 'https://app.example.com/'
  grant = { clientId, userId, redirectUri, scopes: ['profile:read'], codeChallenge: 'a challenge' }
})
beforeEach(() => app.database.query('TRUNCATE authorization_codes'))
afterAll(() => app.stop())

const issue = () => app.database.transaction((tx) => codes.issue(tx, grant))
const issueSome = (count: number) => Promise.all(Array.from({ length: count }, issue))
const countRows = async () => (await app.database.query<object[]>('SELECT FROM authorization_codes')).length
/** A minute that a code is good for, and a day. */
const keptMilliseconds = 60_000 + 86_400_000

test('removes a code more than a day after it expired, and no younger one', async () => {
  const old = await issue()
  clock += keptMilliseconds
  expect(await codes.removeOld(10)).toBe(0)
  const young = await issue()
  clock += 1
  expect(await codes.removeOld(10)).toBe(1)
  expect([await codes.find(old), await codes.find(young)]).toEqual([null, expect.anything()])
})

test('removes no more at once than it is told', async () => {
  await issueSome(5)
  clock += keptMilliseconds + 1
  expect([await codes.removeOld(3), await codes.removeOld(3)]).toEqual([3, 2])
})

test('waits for nobody: what is held stays until the next time', async () => {
  const [held = ''] = await issueSome(3)
  clock += keptMilliseconds + 1
  await app.database.transaction(async (tx) => {
    await codes.lock(tx, { codeHash: hashCode(held) })
    expect(await codes.removeOld(10)).toBe(2)
  })
  expect(await codes.removeOld(10)).toBe(1)
})

test('whoever is given a code removes none', async () => {
  await issue()
  clock += keptMilliseconds + 1
  await issue()
  expect(await countRows()).toBe(2)
})
