import { type EntityManager, MoreThan } from 'typeorm'
import { AppError } from '../errors.js'
import type { AuditEvent } from './audit-event.js'
import { auditChainTable, auditEventTable } from './audit-table.js'
import { createEventQueue, type EventQueue } from './event-queue.js'

export type AuditFeedDependencies = {
  db: EntityManager
  /** How many events may wait for one reader. */
  capacity: number
}

/** How many events a statement reads. Smaller than the capacity, so that no reader overflows without having had a turn. */
const batchSize = 200

export type AuditFeed = ReturnType<typeof createAuditFeed>

/**
 * Hands sealed events to the subscribers of this replica, in the order of the chain. Sealed positions have no gaps and
 * become visible in their order, so "all beyond the last one that I read" is each event exactly once.
 */
export function createAuditFeed({ db, capacity }: AuditFeedDependencies) {
  const subscribers = new Set<EventQueue<AuditEvent>>()
  let lastPosition: string | null = null

  function readAfter(position: string) {
    return db
      .createQueryBuilder(auditEventTable, 'event')
      .addSelect('event.position')
      .where({ position: MoreThan(position) })
      .orderBy('event.position', 'ASC')
      .limit(batchSize)
      .getMany()
  }

  return {
    /** From now on, what is sealed is announced. */
    async open(): Promise<void> {
      const { position } = await db.findOneByOrFail(auditChainTable, { id: 1 })
      lastPosition = position
    },

    /** Reads what was sealed since the last time, and tells all subscribers. Not to be called twice at once. */
    async announce(): Promise<void> {
      while (lastPosition !== null) {
        const events = await readAfter(lastPosition)
        if (lastPosition === null) return // Closed meanwhile.
        lastPosition = events.at(-1)?.position ?? lastPosition
        for (const event of events) subscribers.forEach((subscriber) => subscriber.push(event))
        if (events.length < batchSize) return
      }
    },

    /** Every event that commits from now on, once; and possibly those of the last moments before, not sealed yet. */
    subscribe(): EventQueue<AuditEvent> {
      if (lastPosition === null) throw new Error('The audit feed is not open.')
      const subscriber = createEventQueue<AuditEvent>({
        capacity,
        overflow: tooSlow,
        onClosed: () => subscribers.delete(subscriber),
      })
      subscribers.add(subscriber)
      return subscriber
    },

    close(): void {
      lastPosition = null
      subscribers.forEach((subscriber) => subscriber.end())
    },
  }
}

function tooSlow(): AppError {
  return new AppError('RATE_LIMITED', {
    message:
      'This subscription has ended: more events came than were read. Read on from the connection, and subscribe again.',
    details: { retryAfterSeconds: 1 },
  })
}
