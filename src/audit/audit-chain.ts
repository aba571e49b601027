import { createHmac } from 'node:crypto'

/** What a hash covers, as Postgres writes it: whatever is stored differently is spelt differently. */
export type ChainedEvent = {
  id: string
  /** Seconds since 1970. */
  createdAt: string
  action: string
  actorId: string | null
  subjectId: string | null
  result: string
  address: string | null
  requestId: string | null
  /** The JSON. */
  details: string
}

/** The columns of a ChainedEvent, for SELECT. */
export const chainedColumns = `
  id, extract(epoch FROM created_at)::text AS "createdAt", action, actor_id AS "actorId", subject_id AS "subjectId",
  result, address, request_id AS "requestId", details::text AS details`

/** A place in the chain: the hash of the event there, which stands for everything up to it. */
export type ChainPoint = { position: number; hash: Buffer }

/** Before the first event. */
export const chainStart: ChainPoint = { position: 0, hash: Buffer.alloc(32) }

export const chainKeyBytes = 32

/** The point of `event` when it follows `previous`. */
export function nextPoint(key: Buffer, previous: ChainPoint, event: ChainedEvent): ChainPoint {
  const position = previous.position + 1
  const content = JSON.stringify([
    position,
    event.id,
    event.createdAt,
    event.action,
    event.actorId,
    event.subjectId,
    event.result,
    event.address,
    event.requestId,
    event.details,
  ])
  const hash = hmac(key, `fieldgate audit event v1\n${previous.hash.toString('hex')}\n${content}`)
  return { position, hash }
}

/** Over a point as the head. A hash alone would not do: that of any earlier event could be passed off as the last. */
export function headMac(key: Buffer, { position, hash }: ChainPoint): Buffer {
  return hmac(key, `fieldgate audit head v1\n${position}\n${hash.toString('hex')}`)
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
