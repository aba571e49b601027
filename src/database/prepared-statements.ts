import { createHash } from 'node:crypto'
import type { Send, Statement } from './statement.js'

/** As the JDBC driver has it (prepareThreshold): one that came so often will come again. */
const usesBefore = 5
/** For one connection: each takes some tens of kilobytes of its server process. */
const mostPrepared = 100
const mostCounted = 1000

export type PreparingOptions = {
  send: Send
  /** Whether the connection is in no transaction. */
  isIdle: () => boolean
}

/** Has Postgres parse and plan once what one connection is asked again and again (PostgreSQL: PREPARE, Notes). */
export function prepareRepeated({ send, isIdle }: PreparingOptions): Send {
  const uses = new Map<string, number>()
  /** By text; null for one that is not to be prepared again. */
  const names = new Map<string, string | null>()

  function nameOf(text: string): string | null {
    const name = names.get(text)
    if (name !== undefined) return name
    if (names.size === mostPrepared || count(text) <= usesBefore) return null
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

  async function sendPrepared(statement: Statement, name: string) {
    try {
      return await send({ ...statement, name })
    } catch (error) {
      if (!isOfPreparing(error)) throw error
      names.set(statement.text, null)
      if (!isIdle()) throw error // the transaction is lost
      return send(statement) // it had not begun
    }
  }

  return (statement) => {
    // Without values it may be more than one statement, which cannot be prepared.
    const name = statement.values?.length ? nameOf(statement.text) : null
    return name === null ? send(statement) : sendPrepared(statement, name)
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
  if (error.code === '0A000') return error.message === 'cached plan must not change result type'
  // PostgreSQL, Appendix A: invalid_sql_statement_name, duplicate_prepared_statement
  return error.code === '26000' || error.code === '42P05'
}
