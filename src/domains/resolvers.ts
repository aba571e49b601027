import type { IResolvers } from '@graphql-tools/utils'
import { isLeafType, isType } from 'graphql'
import type { Context } from '../graphql/context.js'
import { clashesAmong, DomainError } from './clashes.js'

type Resolvers = IResolvers<unknown, Context>
type Named = { readonly name: string; readonly resolvers: Resolvers }

/**
 * The resolvers that several domains give.
 * @throws DomainError where one would replace another domain's: what guards the field was made for the first
 */
export function resolversOf(domains: readonly Named[]): Resolvers[] {
  const clashes = clashesAmong(
    domains.map(({ name, resolvers }) => ({ name, names: coordinatesOf(resolvers) })),
  )
  if (clashes.length > 0) {
    throw new DomainError(
      clashes
        .map(({ name, owners }) => `${name} has a resolver of ${owners.join(' and one of ')}. Remove one.`)
        .join('\n'),
    )
  }
  return domains.map(({ resolvers }) => resolvers)
}

function coordinatesOf(resolvers: Resolvers): string[] {
  return Object.entries(resolvers).flatMap(([type, fields]) =>
    isType(fields) && isLeafType(fields) ? [type] : Object.keys(fields).map((field) => `${type}.${field}`),
  )
}
