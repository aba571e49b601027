import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm'
import type { PageRequest } from './connection.js'

/**
 * Narrows a query to one page, newest first, and one row more. Its entity has the columns `createdAt` and `id`, and an
 * index over the two.
 */
export function selectPage<Row extends ObjectLiteral>(
  query: SelectQueryBuilder<Row>,
  { direction, size, after, before }: PageRequest,
): SelectQueryBuilder<Row> {
  const { alias } = query
  // Newest first is descending: going forward means going to smaller positions.
  const order = direction === 'forward' ? 'DESC' : 'ASC'
  const position = `(${alias}.createdAt, ${alias}.id)`
  query.orderBy(`${alias}.createdAt`, order).addOrderBy(`${alias}.id`, order)
  if (after !== null) {
    query.andWhere(`${position} < (:afterTime, :afterId)`, { afterTime: after.createdAt, afterId: after.id })
  }
  if (before !== null) {
    query.andWhere(`${position} > (:beforeTime, :beforeId)`, {
      beforeTime: before.createdAt,
      beforeId: before.id,
    })
  }
  return query.limit(size + 1)
}
