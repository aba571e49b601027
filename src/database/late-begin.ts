import type { QueryResult } from 'pg'
import type { Send } from './statement.js'

/**
 * Sends `START TRANSACTION` together with the first statement of the transaction: one round trip less, and none at all
 * for a transaction without statements. To Postgres it makes no difference: a transaction has its snapshot and its locks
 * from its first statement on.
 *
 * @param abandon ends the connection: where beginning failed, what came after it was done on its own
 */
export function beginLate(send: Send, abandon: () => void): Send {
  let owesBegin = false

  return async (statement) => {
    const { text } = statement
    if (text === 'START TRANSACTION') {
      owesBegin = true
      return nothingOf('START')
    }
    if (!owesBegin) return send(statement)
    owesBegin = false
    if (text === 'COMMIT' || text === 'ROLLBACK') return nothingOf(text)
    const [begun, answered] = await Promise.allSettled([send({ text: 'START TRANSACTION' }), send(statement)])
    if (begun.status === 'rejected') {
      abandon()
      throw begun.reason
    }
    if (answered.status === 'rejected') throw answered.reason
    return answered.value
  }
}

const nothingOf = (command: string): QueryResult => ({
  command,
  rowCount: null,
  oid: 0,
  fields: [],
  rows: [],
})
