import type { QueryResult } from 'pg'
import type { PlacedSend, Send } from './statement.js'

export type LateBegin = {
  send: Send
  /** For what is sent past `send`: it belongs to the transaction that has been asked for. */
  beginNow(): void
}

/**
 * Sends `START TRANSACTION` together with the first statement of the transaction: one round trip less, and none at all
 * for a transaction without statements. To Postgres it makes no difference: a transaction has its snapshot and its locks
 * from its first statement on.
 *
 * @param abandon ends the connection: where beginning failed, what was sent together with it was done on its own
 */
export function beginLate(send: PlacedSend, abandon: () => void): LateBegin {
  let owesBegin = false
  let beginning: Promise<unknown> | null = null

  function beginNow(): void {
    if (!owesBegin) return
    owesBegin = false
    beginning = send({ text: 'START TRANSACTION' }, 'in a transaction')
    beginning.catch(abandon)
  }

  return {
    beginNow,
    send: async (statement) => {
      const { text } = statement
      if (text === 'START TRANSACTION') {
        owesBegin = true
        return nothingOf('START')
      }
      const isEnd = text === 'COMMIT' || text === 'ROLLBACK'
      if (isEnd && owesBegin) {
        owesBegin = false
        return nothingOf(text)
      }
      beginNow()
      if (beginning === null) return send(statement, 'alone')
      // If beginning failed, every statement is reported as failed.
      const answers = Promise.all([beginning, send(statement, 'in a transaction')])
      if (isEnd) beginning = null
      const [, answer] = await answers
      return answer
    },
  }
}

const nothingOf = (command: string): QueryResult => ({
  command,
  rowCount: null,
  oid: 0,
  fields: [],
  rows: [],
})
