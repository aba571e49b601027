import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { connectionOf, type PageArguments, pageRequest } from '../../src/connections/connection.js'
import { decodeCursor, encodeCursor, type Position } from '../../src/connections/cursor.js'
import { AppError } from '../../src/errors.js'

const positions = fc.record({
  createdAt: fc.date({ noInvalidDate: true, min: new Date('2000-01-01'), max: new Date('2100-01-01') }),
  id: fc.uuid(),
})

const descending = (a: Position, b: Position) =>
  b.createdAt.getTime() - a.createdAt.getTime() || Number(a.id < b.id) - Number(a.id > b.id)

/** What SQL does for a page: the slow, obvious way. */
function read(all: readonly Position[], page: PageArguments) {
  const request = pageRequest(page)
  const isAfter = (row: Position) => request.after === null || descending(request.after, row) < 0
  const isBefore = (row: Position) => request.before === null || descending(row, request.before) < 0
  const between = all.toSorted(descending).filter((row) => isAfter(row) && isBefore(row))
  const ordered = request.direction === 'forward' ? between : between.toReversed()
  return connectionOf(ordered.slice(0, request.size + 1), request)
}

describe('a cursor', () => {
  test('leads back to its position', () => {
    fc.assert(
      fc.property(positions, (position) => {
        expect(decodeCursor(encodeCursor(position), 'after')).toEqual(position)
      }),
    )
  })

  test('that was not made here is bad input', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => decodeCursor(text, 'after')).toThrow(AppError)
      }),
    )
  })

  test.each([-1, -8_640_000_000_000_000])('of a time before there were any (%d) is bad input', (time) => {
    const cursor = encodeCursor({ createdAt: new Date(time), id: '00000000-0000-4000-8000-000000000001' })
    expect(() => decodeCursor(cursor, 'before')).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }))
  })
})

describe('a connection', () => {
  const distinct = fc.uniqueArray(positions, { selector: ({ id }) => id, maxLength: 30 })

  test('read forward page by page gives every row once, in order', () => {
    fc.assert(
      fc.property(distinct, fc.integer({ min: 1, max: 7 }), (all, first) => {
        const seen: Position[] = []
        let page = read(all, { first })
        seen.push(...page.nodes)
        while (page.pageInfo.hasNextPage) {
          page = read(all, { first, after: page.pageInfo.endCursor })
          seen.push(...page.nodes)
        }
        expect(seen).toEqual(all.toSorted(descending))
      }),
    )
  })

  test('read backward page by page gives the same rows', () => {
    fc.assert(
      fc.property(distinct, fc.integer({ min: 1, max: 7 }), (all, last) => {
        let page = read(all, { last })
        let seen = page.nodes
        while (page.pageInfo.hasPreviousPage) {
          page = read(all, { last, before: page.pageInfo.startCursor })
          seen = [...page.nodes, ...seen]
        }
        expect(seen).toEqual(all.toSorted(descending))
      }),
    )
  })

  test('of nothing has no cursors', () => {
    expect(read([], { first: 5 })).toEqual({
      nodes: [],
      edges: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
    })
  })

  test.each([{ first: -1 }, { first: 101 }, { last: 101 }, { first: 1, last: 1 }])('refuses %o', (page) => {
    expect(() => pageRequest(page)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }))
  })
})
