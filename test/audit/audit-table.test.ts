import { afterAll, beforeAll, expect, test } from 'vitest'
import { bob, createWorld, disabled, type World } from './audit-world.js'

let world: World

beforeAll(async () => {
  world = await createWorld()
  await world.record(disabled(bob))
  await world.seal()
  await world.record(disabled(bob))
})
afterAll(() => world.close())

const refusal = /append-only/
const sealed = 'WHERE position = 1'
const unsealed = 'WHERE position IS NULL'

test.each([
  ['change a sealed event', `UPDATE audit_events SET action = 'user.enabled' ${sealed}`],
  ['change an event before it is sealed', `UPDATE audit_events SET action = 'user.enabled' ${unsealed}`],
  [
    'change an event while sealing it',
    `UPDATE audit_events SET position = 2, hash = '', actor_id = NULL ${unsealed}`,
  ],
  ['move a sealed event', `UPDATE audit_events SET position = 7 ${sealed}`],
  ['take a seal away', `UPDATE audit_events SET position = NULL, hash = NULL ${sealed}`],
  ['remove a sealed event', `DELETE FROM audit_events ${sealed}`],
  ['remove an event before it is sealed', `DELETE FROM audit_events ${unsealed}`],
  ['remove all events', 'TRUNCATE audit_events'],
  [
    'add an event with a place in the chain',
    `INSERT INTO audit_events (created_at, action, result, details, position, hash)
     VALUES (now(), 'user.disabled', 'success', '{}', 2, '')`,
  ],
  ['set the head back', 'UPDATE audit_chain SET position = 0'],
  ['remove the head', 'DELETE FROM audit_chain'],
  ['remove the head by truncation', 'TRUNCATE audit_chain'],
])('AUDIT-1 the database MUST refuse to %s', async (_what, sql) => {
  await expect(world.db.query(sql)).rejects.toThrow(refusal)
})

test('AUDIT-2 the columns of the tables are those of the migrations', async () => {
  const drift = await world.db.dataSource.driver.createSchemaBuilder().log()
  expect(drift.upQueries.map(({ query }) => query)).toEqual([])
})
