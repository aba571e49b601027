import type { QueryResult } from 'pg'

export type Statement = { text: string; values?: unknown[]; name?: string }

/** Sends a statement over one connection. What is sent without waiting for answers is done, and answered, in that order. */
export type Send = (statement: Statement) => Promise<QueryResult>
