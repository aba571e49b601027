import { Socket } from 'node:net'
import { Client } from 'pg'
import type { Query } from './revocation-log.js'

export type ReplicaConnection = {
  query: Query
  /** Drops it on the spot, whatever is under way. */
  destroy: () => void
}

export type ConnectionOptions = {
  /** A URL that leads to Postgres itself: poolers in transaction mode drop LISTEN. */
  url: string
  /** For connecting, and for each statement: after it, the connection counts as lost. */
  deadlineMs: number
  /** Called when the log has grown, and when the connection has ended. */
  onWake: () => void
}

// What is reported is only how far this process is, so that nothing is lost with it; `register` makes sure of its own.
// The server shall notice within seconds that the process is gone, too.
const sessionSql = `
  SET synchronous_commit = off;
  SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3;
  LISTEN revocations`

/**
 * The connection of a replica to the log. A half-open socket gives neither data nor an error, so that only a deadline
 * can tell: every failure, a missed deadline too, ends the connection for good.
 */
export async function connectReplica({
  url,
  deadlineMs,
  onWake,
}: ConnectionOptions): Promise<ReplicaConnection> {
  const socket = new Socket()
  const client = new Client({
    connectionString: url,
    application_name: 'fieldgate revocations',
    stream: () => socket,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5000,
    connectionTimeoutMillis: deadlineMs,
    query_timeout: deadlineMs,
    statement_timeout: deadlineMs,
  })
  const destroy = () => void socket.destroy()
  client.on('notification', onWake)
  client.on('end', onWake)
  // The query under way fails with it; where there is none, the next one does.
  client.on('error', destroy)

  const failing = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work
    } catch (error) {
      destroy()
      throw error
    }
  }
  await failing(client.connect())
  await failing(client.query(sessionSql))
  return {
    query: async (sql, parameters) => (await failing(client.query(sql, [...parameters]))).rows,
    destroy,
  }
}
