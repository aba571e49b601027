import { type GraphQLResolveInfo, getVariableValues } from 'graphql'
import { isObject } from '../is-object.js'

export type Raw = Readonly<Record<string, unknown>>

const isPlain = (value: object) => {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** Coerced alike. Values that scalars have made are not looked into: no rule is about their parts. */
function areAlike(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  // A function or a symbol only a scalar can have made.
  if (!isObject(a) || !isObject(b))
    return typeof a === typeof b && (typeof a === 'function' || typeof a === 'symbol')
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, at) => areAlike(item, b[at]))
  }
  if (!isPlain(a) || !isPlain(b)) return Object.getPrototypeOf(a) === Object.getPrototypeOf(b)
  const names = Object.keys(a)
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && areAlike(a[name], b[name]))
  )
}

/**
 * Whether these can be the variables that a run was sent: coerced, they are those that it has. A context can be used for
 * a second run, of which no plan was told.
 */
export function areVariablesOf({ schema, operation, variableValues }: GraphQLResolveInfo, raw: Raw): boolean {
  const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], raw)
  return areAlike(coerced, variableValues)
}
