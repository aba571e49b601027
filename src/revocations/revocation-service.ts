import type { Logger } from 'pino'
import type { EntityManager } from 'typeorm'
import type { Position } from './revocation.js'
import { lastPosition, lastPositionSql, type Query } from './revocation-log.js'
import { settle } from './settling.js'

export type RevocationServiceDependencies = {
  db: EntityManager
  /** As of the monitors. */
  leaseMs: number
  /** Milliseconds of a clock that nobody sets: `performance.now`. */
  monotonicNow: () => number
  log: Logger
}

/** What those need who issue credentials, and those who take rights away. */
export function createRevocationService({ db, ...waiting }: RevocationServiceDependencies) {
  return {
    /**
     * What a credential must say as its `asOf`. To be read in the transaction that issues it, BEFORE user, roles and
     * session are read there: a right that is lost between the two then counts as lost.
     */
    asOf: (tx: EntityManager): Promise<Position> => lastPosition(queryOn(tx)),

    /** The same as an SQL expression (bigint), for the statement that reads the rights: one snapshot has both. */
    asOfSql: lastPositionSql,

    /**
     * Resolves when no replica accepts any more what was revoked by transactions that have committed before the call:
     * within milliseconds, or within the lease where a replica does not answer. Never rejects: after the lease it is
     * true, whatever happened. Not inside a transaction: nobody can see that one yet.
     */
    settled: (): Promise<void> => settle({ query: queryOn(db), ...waiting }),
  }
}

/** A transaction, or the pool, as what runs statements. */
export function queryOn(db: EntityManager): Query {
  return <Row>(sql: string, parameters: readonly unknown[]) => db.query<Row[]>(sql, [...parameters])
}
