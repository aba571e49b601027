import { AppError } from '../errors.js'
import { decodeCursor, encodeCursor, type Position } from './cursor.js'

/** The arguments of a Relay connection as GraphQL hands them over. */
export type PageArguments = {
  first?: number | null
  after?: string | null
  last?: number | null
  before?: string | null
}

/** What to read: `size` rows in `direction`, strictly between the two positions. */
export type PageRequest = {
  direction: 'forward' | 'backward'
  size: number
  after: Position | null
  before: Position | null
}

export type Connection<Node> = {
  nodes: Node[]
  edges: { cursor: string; node: Node }[]
  pageInfo: {
    hasNextPage: boolean
    hasPreviousPage: boolean
    startCursor: string | null
    endCursor: string | null
  }
}

const defaultPageSize = 20
const largestPageSize = 100

/** @throws AppError BAD_USER_INPUT */
export function pageRequest({ first, after, last, before }: PageArguments): PageRequest {
  if (first != null && last != null) {
    throw new AppError('BAD_USER_INPUT', {
      message: 'Give "first" or "last", not both.',
      details: { field: 'last' },
    })
  }
  return {
    direction: last == null ? 'forward' : 'backward',
    size: last == null ? pageSize(first, 'first') : pageSize(last, 'last'),
    after: after == null ? null : decodeCursor(after, 'after'),
    before: before == null ? null : decodeCursor(before, 'before'),
  }
}

function pageSize(size: number | null | undefined, field: 'first' | 'last'): number {
  const rows = size ?? defaultPageSize
  if (rows < 0 || rows > largestPageSize) {
    throw new AppError('BAD_USER_INPUT', {
      message: `"${field}" is a number from 0 to ${largestPageSize}.`,
      details: { field },
    })
  }
  return rows
}

/**
 * Makes the connection of `rows`, read in the order of the request's direction and one longer than its
 * size where there is more.
 */
export function connectionOf<Node extends Position>(
  rows: readonly Node[],
  request: PageRequest,
): Connection<Node> {
  const hasMore = rows.length > request.size
  const page = rows.slice(0, request.size)
  const nodes = request.direction === 'forward' ? page : page.toReversed()
  const edges = nodes.map((node) => ({ cursor: encodeCursor(node), node }))
  return {
    nodes,
    edges,
    // Relay 5.1.1: the side that was paged away from is known to have more where a cursor was given.
    pageInfo: {
      hasNextPage: request.direction === 'forward' ? hasMore : request.before !== null,
      hasPreviousPage: request.direction === 'backward' ? hasMore : request.after !== null,
      startCursor: edges.at(0)?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  }
}
