import type { QueryRunner } from 'typeorm'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { compact, readAfter } from '../../src/revocations/revocation-log.js'
import { queryOn } from '../../src/revocations/revocation-service.js'
import {
  createRevocationWorld,
  insertRole,
  insertSession,
  insertUser,
  type RevocationWorld,
} from './revocation-world.js'
import { lockWaitsSql } from '../support/lock-waits.js'

let world: RevocationWorld
let before: number

beforeAll(async () => {
  world = await createRevocationWorld()
})
afterAll(() => world.end())
beforeEach(async () => {
  before = await world.service.asOf(world.db)
})

const news = () => world.eventsAfter(before)
const run = (sql: string, ...parameters: unknown[]) => world.db.query(sql, parameters)

async function begin(): Promise<QueryRunner> {
  const transaction = world.dataSource.createQueryRunner()
  await transaction.startTransaction()
  return transaction
}

test('A user who is disabled in SQL is revoked', async () => {
  const user = await insertUser(world.db)
  await run('UPDATE users SET disabled_at = now() WHERE id = $1', user)
  expect(await news()).toEqual([{ kind: 'user', subject: user }])
})

test('A user who is enabled, renamed or disabled once more is not', async () => {
  const user = await insertUser(world.db)
  await run('UPDATE users SET disabled_at = now() WHERE id = $1', user)
  before = await world.service.asOf(world.db)
  await run(`UPDATE users SET disabled_at = now() + interval '1 second' WHERE id = $1`, user)
  await run('UPDATE users SET disabled_at = NULL WHERE id = $1', user)
  await run(`UPDATE users SET name = 'Grace' WHERE id = $1`, user)
  expect(await news()).toEqual([])
})

test('A user who is deleted is revoked, with all sessions', async () => {
  const user = await insertUser(world.db)
  const session = await insertSession(world.db, user)
  await run('DELETE FROM users WHERE id = $1', user)
  expect(await news()).toEqual(
    expect.arrayContaining([
      { kind: 'user', subject: user },
      { kind: 'session', subject: session },
    ]),
  )
})

test('A new password revokes the user, unless the transaction has seen to the sessions itself', async () => {
  const [user, handled] = [await insertUser(world.db), await insertUser(world.db)]
  await run(`UPDATE users SET password_hash = 'another' WHERE id = $1`, user)
  await world.db.transaction(async (tx) => {
    await tx.query(`SELECT set_config('fieldgate.password_change', 'handled', true)`)
    await tx.query(`UPDATE users SET password_hash = 'another' WHERE id = $1`, [handled])
  })
  expect(await news()).toEqual([{ kind: 'user', subject: user }])
})

const endingsOf = (user: string) =>
  run('SELECT end_reason AS reason FROM sessions WHERE user_id = $1 AND ended_at IS NOT NULL', user)

test.each([
  ['a password is changed', `password_hash = 'another'`, 'password_changed'],
  ['a user is disabled', 'disabled_at = now()', 'user_disabled'],
])('When %s in SQL, the sessions of that user end, and no others', async (_what, change, reason) => {
  const [user, other] = [await insertUser(world.db), await insertUser(world.db)]
  const sessions = [await insertSession(world.db, user), await insertSession(world.db, user)]
  const gone = await insertSession(world.db, user)
  await run(`UPDATE sessions SET ended_at = now(), end_reason = 'logout' WHERE id = $1`, gone)
  await insertSession(world.db, other)
  await run(`UPDATE users SET ${change} WHERE id = $1`, user)

  expect((await endingsOf(user)).toSorted(byReason)).toEqual(
    ['logout', reason, reason].map((text) => ({ reason: text })).toSorted(byReason),
  )
  expect(await endingsOf(other)).toEqual([])
  const expiring = 'SELECT FROM sessions WHERE end_reason = $1 AND expires_at > ended_at'
  expect(await run(expiring, reason)).toEqual([])
  expect(await news()).toEqual(
    expect.arrayContaining([user, ...sessions].map((subject) => expect.objectContaining({ subject }))),
  )
})

const byReason = (one: { reason: string }, other: { reason: string }) =>
  one.reason.localeCompare(other.reason)

test.each([
  ['fieldgate.password_change', `password_hash = 'another'`],
  ['fieldgate.user_disabling', 'disabled_at = now()'],
])('Whoever sets %s sees to the sessions themselves, in that transaction', async (setting, change) => {
  const user = await insertUser(world.db)
  await insertSession(world.db, user)
  await world.db.transaction(async (tx) => {
    await tx.query(`SELECT set_config($1, 'handled', true)`, [setting])
    await tx.query(`UPDATE users SET ${change} WHERE id = $1`, [user])
  })
  expect(await endingsOf(user)).toEqual([])
  await run(`UPDATE users SET password_hash = 'a third', disabled_at = NULL WHERE id = $1`, user)
  expect(await endingsOf(user)).toHaveLength(1)
})

test('What outlived the disabling does not come back when the user is enabled', async () => {
  const user = await insertUser(world.db)
  await run('UPDATE users SET disabled_at = now() WHERE id = $1', user)
  await insertSession(world.db, user)
  await run('UPDATE users SET disabled_at = NULL WHERE id = $1', user)
  expect(await endingsOf(user)).toEqual([{ reason: 'user_disabled' }])
})

test('Another change of a user ends no session', async () => {
  const user = await insertUser(world.db)
  await insertSession(world.db, user)
  await run(`UPDATE users SET name = 'Grace', password_hash = password_hash WHERE id = $1`, user)
  expect(await endingsOf(user)).toEqual([])
})

test('Whoever waits for a session, to end it with its user, holds up no other revocation', async () => {
  const [user, companion, other] = [
    await insertUser(world.db),
    await insertUser(world.db),
    await insertUser(world.db),
  ]
  const session = await insertSession(world.db, user)
  const refresh = await begin()
  await refresh.query('SELECT FROM sessions WHERE id = $1 FOR UPDATE', [session])
  const disabling = run('UPDATE users SET disabled_at = now() WHERE id = ANY($1)', [companion, user])
  while ((await run(lockWaitsSql)).length === 0);

  await run('UPDATE users SET disabled_at = now() WHERE id = $1', other)
  expect(await news()).toEqual([{ kind: 'user', subject: other }])
  await refresh.commitTransaction()
  await refresh.release()
  await disabling
  expect(await endingsOf(user)).toEqual([{ reason: 'user_disabled' }])
})

test('A session that ends or is deleted is revoked, once', async () => {
  const user = await insertUser(world.db)
  const [ended, deleted] = [await insertSession(world.db, user), await insertSession(world.db, user)]
  await run(`UPDATE sessions SET ended_at = now(), end_reason = 'logout' WHERE id = $1`, ended)
  await run('DELETE FROM sessions WHERE id = ANY($1)', [ended, deleted])
  expect(await news()).toEqual([
    { kind: 'session', subject: ended },
    { kind: 'session', subject: deleted },
  ])
})

test('A session that is refreshed, or expired long ago and is cleaned up, is not', async () => {
  const session = await insertSession(world.db, await insertUser(world.db))
  await run(
    `UPDATE sessions SET last_used_at = now(), token_hash = $2 WHERE id = $1`,
    session,
    Buffer.alloc(32),
  )
  await run(`UPDATE sessions SET expires_at = now() - interval '1 hour' WHERE id = $1`, session)
  await run('DELETE FROM sessions WHERE id = $1', session)
  expect(await news()).toEqual([])
})

test('A role that is taken from a user revokes that user; one that is given or kept does not', async () => {
  await insertRole(world.db, 'kept')
  await insertRole(world.db, 'taken')
  const user = await insertUser(world.db)
  await run(`INSERT INTO user_roles VALUES ($1, 'kept'), ($1, 'taken')`, user)
  const other = await insertUser(world.db)
  await run(`INSERT INTO user_roles VALUES ($1, 'kept')`, other)
  expect(await news()).toEqual([])

  await world.db.transaction(async (tx) => {
    await tx.query('DELETE FROM user_roles WHERE user_id = ANY($1)', [[user, other]])
    await tx.query(`INSERT INTO user_roles SELECT unnest($1::uuid[]), 'kept'`, [[user, other]])
  })
  expect(await news()).toEqual([{ kind: 'user', subject: user }])
})

test('A scope that is taken from a role revokes what everyone holds; one that is given does not', async () => {
  await insertRole(world.db, 'shrinking')
  expect(await news()).toEqual([])
  await run(`DELETE FROM role_scopes WHERE role_name = 'shrinking' AND scope = 'users:write'`)
  expect(await news()).toEqual([{ kind: 'everyone', subject: '' }])
})

test('A role that is renamed away, with cascades, revokes whoever had it', async () => {
  await insertRole(world.db, 'doomed')
  const user = await insertUser(world.db)
  await run(`INSERT INTO user_roles VALUES ($1, 'doomed')`, user)
  await run(`DELETE FROM roles WHERE name = 'doomed'`)
  expect(await news()).toContainEqual({ kind: 'user', subject: user })
})

test('A signing key that is compromised or deleted is revoked', async () => {
  const insert = `INSERT INTO signing_keys (key_id, algorithm, sealed_key, created_at, activates_at)
    VALUES ($1, 'HS256', 'sealed', now(), now())`
  await run(insert, 'stolen')
  await run(insert, 'deleted')
  await run(
    `UPDATE signing_keys SET retires_at = now(), gone_at = now() + interval '1 hour' WHERE key_id = 'deleted'`,
  )
  expect(await news()).toEqual([])
  await run(`UPDATE signing_keys SET compromised_at = now() WHERE key_id = 'stolen'`)
  await run(`DELETE FROM signing_keys WHERE key_id = 'deleted'`)
  expect(await news()).toEqual([
    { kind: 'key', subject: 'stolen' },
    { kind: 'key', subject: 'deleted' },
  ])
})

test('TRUNCATE revokes everyone', async () => {
  await run('TRUNCATE sessions')
  expect(await news()).toEqual([{ kind: 'everyone', subject: '' }])
})

test('A change that is rolled back revokes nobody', async () => {
  const user = await insertUser(world.db)
  const transaction = await begin()
  await transaction.query('UPDATE users SET disabled_at = now() WHERE id = $1', [user])
  await transaction.rollbackTransaction()
  await transaction.release()
  expect(await news()).toEqual([])
})

test('Whoever may only change users still writes the event, and cannot hide it in a table of their own', async () => {
  const user = await insertUser(world.db)
  await run(`DO $$ BEGIN CREATE ROLE narrow_clerk; EXCEPTION WHEN duplicate_object THEN NULL; END $$`)
  await run('GRANT SELECT, UPDATE ON users TO narrow_clerk')
  const session = await insertSession(world.db, user)
  await world.db.transaction(async (tx) => {
    await tx.query('SET LOCAL ROLE narrow_clerk')
    await tx.query(
      'CREATE TEMP TABLE revocation_events (position bigint, kind text, subject text) ON COMMIT DROP',
    )
    await tx.query('CREATE TEMP TABLE sessions (user_id uuid, ended_at timestamptz) ON COMMIT DROP')
    await tx.query('UPDATE users SET disabled_at = now() WHERE id = $1', [user])
  })
  expect(await news()).toEqual([
    { kind: 'user', subject: user },
    { kind: 'session', subject: session },
  ])
})

test('A reader that follows the log misses no transaction that began earlier and commits later', async () => {
  const [early, late] = [await insertUser(world.db), await insertUser(world.db)]
  const [first, second] = [await begin(), await begin()]
  await first.query('UPDATE users SET disabled_at = now() WHERE id = $1', [early])
  await second.query('UPDATE users SET disabled_at = now() WHERE id = $1', [late])

  await second.commitTransaction()
  const seen = await readAfter(queryOn(world.db), before)
  expect(seen.events.map(([, , subject]) => subject)).toEqual([late])

  await first.commitTransaction()
  const position = seen.events.at(-1)?.[0] ?? 0
  const next = await readAfter(queryOn(world.db), position)
  expect(next.events.map(([, , subject]) => subject)).toEqual([early])
  await first.release()
  await second.release()
})

test('An open transaction that revokes holds up no other one', async () => {
  const [mine, theirs] = [await insertUser(world.db), await insertUser(world.db)]
  const open = await begin()
  await open.query('UPDATE users SET disabled_at = now() WHERE id = $1', [mine])
  await world.db.transaction(async (tx) => {
    await tx.query(`SET LOCAL lock_timeout = '100ms'`)
    await tx.query('UPDATE users SET disabled_at = now() WHERE id = $1', [theirs])
  })
  expect(await news()).toEqual([{ kind: 'user', subject: theirs }])
  await open.rollbackTransaction()
  await open.release()
})

test('Writers that commit all at once give a log without a gap for any reader', async () => {
  const users = await Promise.all(Array.from({ length: 60 }, () => insertUser(world.db)))
  const writers = users.map((user) => run('UPDATE users SET disabled_at = now() WHERE id = $1', user))
  const seen: string[] = []
  let position = before
  while (seen.length < users.length) {
    const { events } = await readAfter(queryOn(world.db), position)
    for (const [, , subject] of events) seen.push(subject)
    position = events.at(-1)?.[0] ?? position
  }
  await Promise.all(writers)
  expect(seen.toSorted()).toEqual(users.toSorted())
})

test('REPEATABLE READ transactions revoke side by side', async () => {
  const [one, other] = [await insertUser(world.db), await insertUser(world.db)]
  const disable = 'UPDATE users SET disabled_at = now() WHERE id = $1'
  await world.db.transaction('REPEATABLE READ', async (tx) => {
    await tx.query('SELECT 1 FROM revocation_events')
    await run(disable, other)
    await tx.query(disable, [one])
  })
  expect(await news()).toEqual([
    { kind: 'user', subject: other },
    { kind: 'user', subject: one },
  ])
})

test('Positions follow the clock, so that a restored database does not give out old ones again', async () => {
  await run(`SELECT setval('revocation_positions', 1)`)
  await run(`SELECT record_revocation('client', 'c')`)
  const position = await world.service.asOf(world.db)
  expect(position).toBeGreaterThan(before)
  expect(Math.abs(position / 1000 - Date.now())).toBeLessThan(60_000)
})

test('Positions rise even when the clock is set back', async () => {
  const ahead = (Date.now() + 3_600_000) * 1000
  await run(`SELECT setval('revocation_positions', $1)`, ahead)
  await run(`SELECT record_revocation('client', 'c')`)
  const first = await world.service.asOf(world.db)
  await run(`SELECT record_revocation('client', 'c')`)
  expect(first).toBe(ahead + 1)
  expect(await world.service.asOf(world.db)).toBe(ahead + 2)
  await run('DELETE FROM revocation_events WHERE position > $1', ahead)
  await run(`SELECT setval('revocation_positions', 1)`)
})

test('Compaction leaves a horizon in place of what is older than the retention, and all that is younger', async () => {
  await run(`SELECT record_revocation('client', 'old')`)
  await run('UPDATE revocation_events SET position = position - 7200000000') // two hours ago
  const horizon = await world.service.asOf(world.db)
  await run(`SELECT record_revocation('client', 'young')`)
  await compact(queryOn(world.db), 3600)
  await compact(queryOn(world.db), 3600)

  const reading = await readAfter(queryOn(world.db), 0)
  expect(reading.horizon).toBe(horizon)
  expect(reading.events.map(([, kind, subject]) => [kind, subject])).toEqual([
    ['everyone', ''],
    ['client', 'young'],
  ])
})
