import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApiKeyUsage } from '../../src/api-keys/api-key-usage.js'
import { createTestApp, type TestApp } from '../../src/testing/test-app.js'

let app: TestApp
let userId: string
beforeAll(async () => {
  app = await createTestApp()
  userId = (await app.createUser({ roles: ['member'] })).id
})
afterAll(() => app.stop())

async function insertKey(): Promise<string> {
  const [row] = await app.database.query<[{ id: string }]>(
    `INSERT INTO api_keys (user_id, name, secret_hash, scopes, created_at)
     VALUES ($1, 'a key', decode(repeat('00', 32), 'hex'), '{profile:read}', now()) RETURNING id`,
    [userId],
  )
  return row.id
}

async function lastUseOf(id: string): Promise<Date | null> {
  const [row] = await app.database.query<[{ at: Date | null }]>(
    'SELECT last_used_at AS at FROM api_keys WHERE id = $1',
    [id],
  )
  return row.at
}

function createUsage(options: Partial<Parameters<typeof createApiKeyUsage>[0]> = {}) {
  const work: (() => void)[] = []
  const failures: unknown[] = []
  const usage = createApiKeyUsage({
    db: app.database.manager,
    everySeconds: 60,
    schedule: (task) => {
      work.push(task)
      return () => work.splice(0)
    },
    onFailure: (error) => failures.push(error),
    ...options,
  })
  return { usage, work, failures }
}

const at = (text: string) => new Date(`2026-01-31T${text}Z`)

test('the last use of each key is written when the time has come, and never goes back', async () => {
  const [one, other] = [await insertKey(), await insertKey()]
  const { usage, work } = createUsage()
  await usage.start()
  usage.note(one, at('10:00:00'))
  usage.note(one, at('10:00:30'))
  usage.note(other, at('10:00:10'))
  expect(await lastUseOf(one)).toBeNull()

  work.shift()?.()
  await expect.poll(() => lastUseOf(one)).toEqual(at('10:00:30'))
  expect(await lastUseOf(other)).toEqual(at('10:00:10'))

  usage.note(one, at('09:00:00')) // by a replica whose clock is behind
  await usage.stop()
  expect(await lastUseOf(one)).toEqual(at('10:00:30'))
})

test('a stop writes what is left, and nothing is done after it', async () => {
  const id = await insertKey()
  const { usage, work } = createUsage()
  await usage.start()
  usage.note(id, at('11:00:00'))
  await usage.stop()
  expect(await lastUseOf(id)).toEqual(at('11:00:00'))
  expect(work).toEqual([])
})

test('a use is no revocation: it takes nothing from anybody', async () => {
  const events = () => app.database.query('SELECT * FROM revocation_events')
  const before = await events()
  const { usage } = createUsage()
  usage.note(await insertKey(), at('12:00:00'))
  await usage.stop()
  expect(await events()).toEqual(before)
})

test('a database that fails is reported, and the next time is tried again', async () => {
  const { usage, work, failures } = createUsage({
    db: { query: async () => Promise.reject(new Error('gone')) } as never,
  })
  await usage.start()
  usage.note('whatever', at('13:00:00'))
  work.shift()?.()
  await expect.poll(() => failures).toEqual([new Error('gone')])
  await expect.poll(() => work.length).toBe(1)
})
