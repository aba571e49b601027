import { createHash } from 'node:crypto'
import type { QueryResult } from 'pg'
import type { Place, PlacedSend, Send, Statement } from './statement.js'

/** As the JDBC driver has it (prepareThreshold): one that came so often will come again. */
const usesBefore = 5
/** For one connection: each takes some tens of kilobytes of its server process. */
const mostPrepared = 100
const mostCounted = 1000

/** Has Postgres parse and plan once what one connection is asked again and again (PostgreSQL: PREPARE, Notes). */
export function prepareRepeated(send: Send): PlacedSend {
  const uses = new Map<string, number>()
  /** By text; null for one that is not to be prepared again. */
  const names = new Map<string, string | null>()
  let prepared = 0

  function nameOf(text: string): string | null {
    const name = names.get(text)
    if (name !== undefined) return name
    if (prepared === mostPrepared || count(text) <= usesBefore) return null
    prepared += 1
    if (prepared === mostPrepared) uses.clear()
    const newName = nameFor(text)
    names.set(text, newName)
    uses.delete(text)
    return newName
  }

  function count(text: string): number {
    const times = (uses.get(text) ?? 0) + 1
    if (uses.size === mostCounted) uses.clear()
    uses.set(text, times)
    return times
  }

  async function sendPrepared(statement: Statement, name: string, place: Place): Promise<QueryResult> {
    try {
      return await send({ ...statement, name })
    } catch (error) {
      if (!isOfPreparing(error)) throw error
      names.set(statement.text, null)
      if (place === 'in a transaction') throw error // which is lost, and over by now
      return send(statement) // it had not begun
    }
  }

  return (statement, place) => {
    // Without values it may be more than one statement, which cannot be prepared.
    const name = statement.values?.length ? nameOf(statement.text) : null
    return name === null ? send(statement) : sendPrepared(statement, name, place)
  }
}

/** One name never means two statements, even where a pooler gives connections to servers that others have used. */
function nameFor(text: string): string {
  return `fieldgate_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`
}

/**
 * Whether the prepared statement is what is wrong, and not what it says: a migration has changed a column that it reads,
 * or it is not there, or is already. It had not begun to run.
 */
function isOfPreparing(error: unknown): boolean {
  if (!(error instanceof Error && 'code' in error)) return false
  // "cached plan must not change result type", in whatever language.
  if (error.code === '0A000') return 'routine' in error && error.routine === 'RevalidateCachedQuery'
  // PostgreSQL, Appendix A: invalid_sql_statement_name, duplicate_prepared_statement
  return error.code === '26000' || error.code === '42P05'
}
