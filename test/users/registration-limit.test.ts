import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestApp, type TestApp } from '../../src/testing/test-app.js'
import { createRegistrationLimiter } from '../../src/users/registration-limiter.js'
import { removeOldRegistrationCounts } from '../../src/users/registration-count-rows.js'
import { watchStatements } from '../support/statements.js'

let app: TestApp
let at = new Date('2026-01-01T00:00:00.000Z')
let salts = 0

beforeEach(async () => {
  at = new Date('2026-01-01T00:00:00.000Z')
  app = await createTestApp({
    now: () => at,
    // A hash begins with a salt of this length.
    randomBytes: (size) => {
      if (size === 16) salts += 1
      return randomBytes(size)
    },
    env: { TRUSTED_PROXIES: '127.0.0.1', REGISTRATIONS_PER_HOUR: '5' },
  })
  salts = 0
})
afterEach(() => app.stop())

let newcomers = 0
const newcomer = () => ({
  name: 'Newcomer',
  email: `newcomer-${(newcomers += 1)}@example.com`,
  password: 'correct horse battery',
})

const register = (address: string, input: object = newcomer()) =>
  app.post(
    'mutation ($input: RegisterInput!) { register(input: $input) { userId } }',
    { input },
    { headers: { 'x-forwarded-for': address } },
  )
const codeOf = async (answer: ReturnType<typeof register>) =>
  (await answer).errors[0]?.extensions?.['code'] ?? 'answered'
const manyTimes = (times: number, address: string) =>
  Promise.all(Array.from({ length: times }, () => codeOf(register(address))))
const usersMade = async () => {
  const sql = `SELECT count(*)::integer AS count FROM audit_events WHERE action = 'user.registered'`
  return (await app.database.query<{ count: number }[]>(sql))[0]?.count
}

test('REGISTER-1 of many that come at once from one address no more than the limit are made, and no more are hashed', async () => {
  const codes = await manyTimes(30, '192.0.2.1')
  expect(codes.filter((code) => code === 'answered')).toHaveLength(5)
  expect(codes.filter((code) => code === 'RATE_LIMITED')).toHaveLength(25)
  expect([await usersMade(), salts]).toEqual([5, 5])
  expect(await codeOf(register('192.0.2.2'))).toBe('answered')
})

test('REGISTER-2 the answer says when to come back, and then it is open again', async () => {
  await manyTimes(2, '192.0.2.1')
  at = new Date(at.getTime() + 600_000)
  await manyTimes(4, '192.0.2.1')
  const refused = await register('192.0.2.1')
  expect(refused.errors).toMatchObject([
    {
      message: 'Too many registrations from your network. Try again later.',
      extensions: { code: 'RATE_LIMITED', retryAfterSeconds: 3000 },
    },
  ])
  expect(refused.headers.get('retry-after')).toBe('3000')
  at = new Date(at.getTime() + 3_000_000)
  expect(new Set(await manyTimes(5, '192.0.2.1'))).toEqual(new Set(['answered']))
  expect(await codeOf(register('192.0.2.1'))).toBe('RATE_LIMITED')
})

test('REGISTER-3 who has one IPv6 address has a /64 of them, and is one', async () => {
  for (let last = 1; last <= 5; last += 1)
    expect(await codeOf(register(`2001:db8:0:1::${last}`))).toBe('answered')
  expect(await codeOf(register('2001:db8:0:1::abcd'))).toBe('RATE_LIMITED')
  expect(await codeOf(register('2001:db8:0:2::1'))).toBe('answered')
})

test('REGISTER-4 an address that is taken counts, since it is hashed and tells who is there; wrong input does not', async () => {
  const taken = newcomer()
  expect(await codeOf(register('192.0.2.1', taken))).toBe('answered')
  for (let time = 0; time < 6; time += 1)
    expect(await codeOf(register('192.0.2.1', { ...taken, password: 'short' }))).toBe('BAD_USER_INPUT')
  for (let time = 0; time < 4; time += 1)
    expect(await codeOf(register('192.0.2.1', taken))).toBe('EMAIL_TAKEN')
  expect(await codeOf(register('192.0.2.1', taken))).toBe('RATE_LIMITED')
})

test('REGISTER-5 all replicas count together, and what one has refused it refuses again without SQL', async () => {
  await manyTimes(5, '192.0.2.1')
  expect(await codeOf(register('192.0.2.1'))).toBe('RATE_LIMITED')
  const limit = { registrations: 5, seconds: 3600 }
  const refusals = { remember: () => {}, recall: () => null }
  const other = createRegistrationLimiter({ db: app.database.manager, now: () => at, limit, refusals })
  await expect(other.count('192.0.2.1')).rejects.toMatchObject({ code: 'RATE_LIMITED' })
  await expect(other.count('192.0.2.2')).resolves.toBeUndefined()

  const sent = watchStatements()
  expect(await codeOf(register('192.0.2.1'))).toBe('RATE_LIMITED')
  expect(sent.texts().filter((text) => /registration|users/.test(text))).toEqual([])
  sent.stop()
})

test('REGISTER-6 administrators make as many users as they like', async () => {
  await manyTimes(6, '127.0.0.1')
  for (let time = 0; time < 6; time += 1) await app.createUser({ roles: ['member'] })
})

test('REGISTER-7 the table holds no address, and a count that is over goes', async () => {
  await manyTimes(1, '192.0.2.1')
  const rows = await app.database.query<{ key: Buffer }[]>('SELECT key FROM registration_counts')
  expect(rows.map(({ key }) => key.length)).toEqual([32])
  const { manager } = app.database
  expect(await removeOldRegistrationCounts(manager, new Date(at.getTime() + 3_599_000), 10)).toBe(0)
  expect(await removeOldRegistrationCounts(manager, new Date(at.getTime() + 3_600_000), 10)).toBe(1)
})
