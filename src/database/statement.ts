import type { QueryResult } from 'pg'

export type Statement = { text: string; values?: unknown[]; name?: string }

/** Whether a statement that fails takes others along. */
export type Place = 'alone' | 'in a transaction'

/**
 * Sends a statement over one connection. What is sent without waiting for answers is done in that order, but for one that
 * is sent again (prepared-statements.ts).
 */
export type Send = (statement: Statement) => Promise<QueryResult>

/** Sends a statement that knows where it stands. */
export type PlacedSend = (statement: Statement, place: Place) => Promise<QueryResult>

/**
 * Answers in the order of sending, whatever becomes of the statements. Of several that fail together the first says why;
 * the others fail because it did (25P02).
 */
export function answerInOrder(send: Send): Send {
  let before: Promise<unknown> = Promise.resolve()
  return (statement) => {
    const answer = send(statement)
    const inTurn = Promise.allSettled([before, answer]).then(() => answer)
    before = inTurn.catch(() => {}) // told to who sent it
    return inTurn
  }
}
