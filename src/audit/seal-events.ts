import type { EntityManager } from 'typeorm'
import { type ChainedEvent, type ChainPoint, chainedColumns, headMac, nextPoint } from './audit-chain.js'
import { auditChainTable } from './audit-table.js'
import { AuditChainError, writeHead } from './chain-head.js'

/** How many events a transaction seals, and how long so the head is locked. */
const batchSize = 500

/**
 * Appends the events that are committed and not sealed yet to the chain, oldest first. Any number of replicas may do
 * so at once: one does, and the others have nothing to do.
 *
 * Writers take no part in it, so that they never wait for the chain or for each other. Each batch starts after the one
 * before it has committed: whoever sees a position sees all positions before it.
 * @throws AuditChainError for a head that the server did not write: to go on from it would cover that up
 */
export async function sealEvents(db: EntityManager, key: Buffer): Promise<void> {
  for (;;) {
    if (!(await hasUnsealed(db))) return
    const sealed = await db.transaction((tx) => sealBatch(tx, key))
    if (sealed < batchSize) return
  }
}

async function hasUnsealed(db: EntityManager): Promise<boolean> {
  const [{ found }] = await db.query<[{ found: boolean }]>(
    `SELECT EXISTS (SELECT FROM audit_events WHERE position IS NULL) AS found`,
  )
  return found
}

async function sealBatch(tx: EntityManager, key: Buffer): Promise<number> {
  const head = await lockHead(tx, key)
  if (head === null) return 0
  const events = await tx.query<ChainedEvent[]>(
    `SELECT ${chainedColumns} FROM audit_events WHERE position IS NULL ORDER BY created_at, id LIMIT $1`,
    [batchSize],
  )
  const seals = chainOf(key, head, events)
  await tx.query(
    `UPDATE audit_events SET position = seal.position, hash = seal.hash
     FROM unnest($1::uuid[], $2::bigint[], $3::bytea[]) AS seal (id, position, hash)
     WHERE audit_events.id = seal.id`,
    [events.map(({ id }) => id), seals.map(({ position }) => position), seals.map(({ hash }) => hash)],
  )
  await writeHead(tx, key, seals.at(-1) ?? head)
  return events.length
}

/** null while another replica has it. */
async function lockHead(tx: EntityManager, key: Buffer): Promise<ChainPoint | null> {
  const row = await tx.findOne(auditChainTable, {
    where: { id: 1 },
    lock: { mode: 'pessimistic_write', onLocked: 'skip_locked' },
  })
  if (row === null) return null
  const head = { position: Number(row.position), hash: row.hash }
  if (headMac(key, head).equals(row.mac)) return head
  throw new AuditChainError(
    'The head of the audit chain was not written by this server: nothing is sealed until the log is looked into.',
  )
}

function chainOf(key: Buffer, head: ChainPoint, events: readonly ChainedEvent[]): ChainPoint[] {
  const points: ChainPoint[] = []
  for (const event of events) points.push(nextPoint(key, points.at(-1) ?? head, event))
  return points
}
