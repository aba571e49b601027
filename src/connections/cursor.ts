import { AppError } from '../errors.js'
import { isUuid } from '../uuid.js'

/** A place in a list that is ordered by time, then id: the two together are unique, so no row is skipped or repeated. */
export type Position = { createdAt: Date; id: string }

/** Opaque to clients, by the Relay cursor connections specification. */
export function encodeCursor({ createdAt, id }: Position): string {
  return Buffer.from(`${createdAt.getTime()}:${id}`).toString('base64url')
}

/** @throws AppError BAD_USER_INPUT for text that encodeCursor did not make */
export function decodeCursor(cursor: string, field: 'after' | 'before'): Position {
  const [time = '', id = ''] = Buffer.from(cursor, 'base64url').toString('utf8').split(':')
  const createdAt = new Date(Number(time))
  const position = { createdAt, id }
  // Nothing is older than Unix time, and Postgres has no place for all that a Date can say.
  if (!isUuid(id) || !(createdAt.getTime() >= 0) || encodeCursor(position) !== cursor) {
    throw new AppError('BAD_USER_INPUT', {
      message: `"${field}" is not a cursor of this list. Take one from pageInfo or an edge.`,
      details: { field },
    })
  }
  return position
}
