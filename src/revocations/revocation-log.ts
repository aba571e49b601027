import type { Position, Reading } from './revocation.js'

/** One statement on some connection. Rows as the driver makes them. */
export type Query = <Row>(sql: string, parameters: readonly unknown[]) => Promise<readonly Row[]>

/** So that a look is done within its deadline, even after somebody has revoked the rights of a million users. */
const eventsAtOnce = 5000

// One snapshot for all of it, one row, and JSON since its numbers are numbers (bigint comes as text).
const readingSql = `
  'horizon', (SELECT min(position) FROM revocation_events),
  'events', (
    SELECT coalesce(json_agg(json_build_array(position, kind, subject) ORDER BY position), '[]')
    FROM (SELECT * FROM revocation_events WHERE position > $1 ORDER BY position LIMIT ${eventsAtOnce}) AS following)`

const readAfterSql = `SELECT json_build_object(${readingSql}) AS reading`

const renewSql = `
  WITH renewed AS (
    UPDATE replicas SET applied_position = $1, beat = beat + 1 WHERE id = $2 RETURNING id
  )
  SELECT json_build_object('registered', EXISTS (SELECT FROM renewed), ${readingSql}) AS reading`

// Before the lease that rests on it: whoever revokes must find the replica, though Postgres crashes in between.
const registerSql = `
  WITH durably AS MATERIALIZED (SELECT set_config('synchronous_commit', 'on', true))
  INSERT INTO replicas (applied_position, beat) SELECT $1::bigint, 0 FROM durably RETURNING id`

/** The last event before the retention becomes the horizon, and those before it go. One statement: nobody sees half of it. */
const compactSql = `
  WITH horizon AS (
    SELECT max(position) AS position FROM revocation_events
    WHERE position < (extract(epoch FROM clock_timestamp()) - $1) * 1000000
  ), forgotten AS (
    DELETE FROM revocation_events USING horizon WHERE revocation_events.position < horizon.position
  )
  UPDATE revocation_events SET kind = 'everyone', subject = '' FROM horizon
  WHERE revocation_events.position = horizon.position AND kind <> 'everyone'`

/** Whether a reading reached the end of the log as it was then. Only such a one says what is not revoked. */
export function isComplete({ events }: Reading): boolean {
  return events.length < eventsAtOnce
}

/** The events that are visible now. */
export async function readAfter(query: Query, position: Position): Promise<Reading> {
  const { reading } = await one<{ reading: Reading }>(query, readAfterSql, [position])
  return reading
}

export type Renewal = Reading & { registered: boolean }

/** Reports what is applied and reads what came after it. Where the replica is not registered, this gives no lease. */
export async function renew(query: Query, registration: string, applied: Position): Promise<Renewal> {
  const { reading } = await one<{ reading: Renewal }>(query, renewSql, [applied, registration])
  return reading
}

/**
 * To be committed before the first `renew`: whoever may hold a lease can be found in the table. Under a new id each time:
 * who has seen a beat of it must never see the same one again after a renewal.
 */
export async function register(query: Query, applied: Position): Promise<string> {
  const { id } = await one<{ id: string }>(query, registerSql, [applied])
  return id
}

export async function unregister(query: Query, registration: string): Promise<void> {
  await query('DELETE FROM replicas WHERE id = $1', [registration])
}

export async function compact(query: Query, retentionSeconds: number): Promise<void> {
  await query(compactSql, [retentionSeconds])
}

/**
 * The end of the log, as an expression for a statement that does something else as well: bigint, which comes as text.
 * All events up to it are visible to whoever asks, and to each later statement.
 */
export const lastPositionSql = '(SELECT max(position) FROM revocation_events)'

/** The same in a statement of its own. */
export async function lastPosition(query: Query): Promise<Position> {
  const { position } = await one<{ position: string }>(query, `SELECT ${lastPositionSql} AS position`, [])
  return Number(position)
}

/** How far a replica was when it was last seen. */
export type Sighting = { id: string; applied: Position; beat: number }

/** The end of the log, and everybody who may hold a lease. */
export type Register = { last: Position; replicas: readonly Sighting[] }

const readRegisterSql = `
  SELECT json_build_object(
    'last', (SELECT max(position) FROM revocation_events),
    'replicas', (
      SELECT coalesce(json_agg(json_build_object('id', id, 'applied', applied_position, 'beat', beat)), '[]')
      FROM replicas)) AS state`

export async function readRegister(query: Query): Promise<Register> {
  const { state } = await one<{ state: Register }>(query, readRegisterSql, [])
  return state
}

const expelSql = `
  WITH expelled AS (DELETE FROM replicas WHERE id = $1 AND beat = $2 RETURNING id) SELECT id FROM expelled`

/** Takes out a replica whose lease has run out, provided that it has not renewed it since it was seen. */
export async function expel(query: Query, { id, beat }: Sighting): Promise<'expelled' | 'renewed'> {
  const rows = await query<{ id: string }>(expelSql, [id, beat])
  return rows.length === 1 ? 'expelled' : 'renewed'
}

async function one<Row>(query: Query, sql: string, parameters: readonly unknown[]): Promise<Row> {
  const [row] = await query<Row>(sql, parameters)
  if (row === undefined) throw new Error('A query for one row gave none.')
  return row
}
