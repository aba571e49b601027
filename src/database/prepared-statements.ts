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
  const names = new Map<string, string>()
  let count = 0

  /** Of a statement that is prepared, or is to be from now on. */
  function nameOf(text: string): string | undefined {
    const name = names.get(text)
    if (name !== undefined || count === mostPrepared) return name
    const times = (uses.get(text) ?? 0) + 1
    if (times <= usesBefore) {
      if (uses.size === mostCounted) uses.clear()
      uses.set(text, times)
      return undefined
    }
    uses.delete(text)
    count += 1
    const newName = `fieldgate_${count}`
    names.set(text, newName)
    return newName
  }

  async function sendPrepared(statement: Statement, name: string) {
    try {
      return await send({ ...statement, name })
    } catch (error) {
      if (!isOfPreparing(error)) throw error
      names.delete(statement.text)
      if (!isIdle()) throw error // the transaction is lost
      return send(statement) // it had not begun
    }
  }

  return (statement) => {
    // Without values it may be more than one statement, which cannot be prepared.
    const name = statement.values?.length ? nameOf(statement.text) : undefined
    return name === undefined ? send(statement) : sendPrepared(statement, name)
  }
}

/**
 * Whether the prepared statement is what is wrong: a migration has changed a column that it reads, or somebody
 * deallocated it. It had not begun to run.
 */
function isOfPreparing(error: unknown): boolean {
  if (!(error instanceof Error && 'code' in error)) return false
  if (error.code === '26000') return true // invalid_sql_statement_name
  return error.code === '0A000' && error.message === 'cached plan must not change result type'
}
