import type { EntityManager } from 'typeorm'
import type { MasterKey } from '../tokens/master-key.js'
import {
  type ChainedEvent,
  type ChainPoint,
  chainedColumns,
  chainStart,
  headMac,
  nextPoint,
} from './audit-chain.js'
import { AuditChainError, readChainKey } from './chain-head.js'

export type VerificationOptions = {
  db: EntityManager
  masterKey: Pick<MasterKey, 'open'>
  /**
   * A head that an earlier verification printed and that was kept elsewhere: the log must still lead on from it. Events
   * up to it are not read, and may have been removed.
   */
  since?: ChainPoint
  batchSize?: number
  /** Told after each batch. */
  onProgress?: (progress: { position: number; of: number }) => void
}

/** The first place where the log is not what was sealed. `expected` and `found` are for people. */
export type ChainFault = {
  fault:
    | 'head-forged' // the head was not written by who holds the key
    | 'rewound' // the log ends before the point that it had reached, or there is another log
    | 'missing' // an event was removed
    | 'altered' // an event was changed, exchanged or slipped in
    | 'unlisted' // an event has a place outside the chain: slipped in, or the head was set back
  position: number
  expected: string
  found: string
}

export type AuditVerification = {
  /** null: every event up to the head is what was sealed. */
  fault: ChainFault | null
  head: ChainPoint
  /** Events that no hash covers yet. */
  unsealed: { count: number; oldest: Date | null }
}

type Head = ChainPoint & AuditVerification['unsealed'] & { mac: Buffer; first: number; last: number }
type Numeric = 'position' | 'first' | 'last' | 'count' // a bigint comes as text
type SealedEvent = ChainedEvent & { position: string; hash: Buffer }

/**
 * Reads the whole log in batches and compares it with its hashes. May run beside a working server: it looks at what
 * was sealed when it began.
 * @throws AuditChainError without a chain; what `masterKey.open` throws
 */
export async function verifyAuditChain(options: VerificationOptions): Promise<AuditVerification> {
  const key = await readChainKey(options.db, options.masterKey)
  const { count, oldest, ...head } = await readHead(options.db)
  const fault = headFault(key, head, options.since ?? chainStart) ?? (await eventFault(key, head, options))
  return { fault, head: { position: head.position, hash: head.hash }, unsealed: { count, oldest } }
}

// One statement is one snapshot: sealing that goes on meanwhile cannot come in between.
async function readHead(db: EntityManager): Promise<Head> {
  const [row] = await db.query<Array<Record<Numeric, string> & Omit<Head, Numeric>>>(
    `SELECT position, hash, mac,
       (SELECT coalesce(min(position), 1) FROM audit_events) AS first,
       (SELECT coalesce(max(position), 0) FROM audit_events) AS last,
       (SELECT count(*) FROM audit_events WHERE position IS NULL) AS count,
       (SELECT min(created_at) FROM audit_events WHERE position IS NULL) AS oldest
     FROM audit_chain`,
  )
  if (row === undefined) throw new AuditChainError('The audit chain has gone while it was read.')
  const { position, first, last, count } = row
  return {
    ...row,
    position: Number(position),
    first: Number(first),
    last: Number(last),
    count: Number(count),
  }
}

function headFault(key: Buffer, head: Omit<Head, 'count' | 'oldest'>, since: ChainPoint): ChainFault | null {
  const { position, mac, first, last } = head
  const expected = headMac(key, head)
  if (!mac.equals(expected)) return faultAt('head-forged', position, hex(expected), hex(mac))
  if (position < since.position) {
    return faultAt('rewound', position, `a head at ${since.position} or later`, `a head at ${position}`)
  }
  if (first < 1) return faultAt('unlisted', first, 'no event', `an event at ${first}`)
  if (last > position) return faultAt('unlisted', position + 1, 'no event', `events up to ${last}`)
  return null
}

async function eventFault(
  key: Buffer,
  head: ChainPoint,
  { db, since = chainStart, batchSize = 1000, onProgress = () => {} }: VerificationOptions,
): Promise<ChainFault | null> {
  let point = since
  while (point.position < head.position) {
    const events = await readSealed(db, point.position, Math.min(point.position + batchSize, head.position))
    const step = follow(key, point, events)
    if ('fault' in step) return step
    if (events.length === 0) return missing(point.position + 1, 'no event')
    point = step
    onProgress({ position: point.position, of: head.position })
  }
  if (point.hash.equals(head.hash)) return null
  return faultAt('rewound', head.position, hex(point.hash), hex(head.hash))
}

function readSealed(db: EntityManager, after: number, upTo: number): Promise<SealedEvent[]> {
  return db.query<SealedEvent[]>(
    `SELECT position, hash, ${chainedColumns} FROM audit_events
     WHERE position > $1 AND position <= $2 ORDER BY position`,
    [after, upTo],
  )
}

function follow(key: Buffer, from: ChainPoint, events: readonly SealedEvent[]): ChainPoint | ChainFault {
  let point = from
  for (const event of events) {
    const next = nextPoint(key, point, event)
    const position = Number(event.position)
    if (position !== next.position) return missing(next.position, `the event at ${position}`)
    if (!next.hash.equals(event.hash)) return faultAt('altered', position, hex(next.hash), hex(event.hash))
    point = next
  }
  return point
}

function missing(position: number, found: string): ChainFault {
  return faultAt('missing', position, `an event at ${position}`, found)
}

function faultAt(kind: ChainFault['fault'], position: number, expected: string, found: string): ChainFault {
  return { fault: kind, position, expected, found }
}

function hex(hash: Buffer): string {
  return hash.toString('hex')
}
