import {
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
} from 'graphql'
import { type FieldEntry, fieldOf, type Table } from '../table.js'

export type Step = {
  readonly type: GraphQLObjectType
  readonly field: GraphQLField<unknown, unknown>
  readonly entry: FieldEntry
}
export type Door = readonly Step[]

/** The fields of a type, each as a step. */
export function stepsOn(table: Table, type: GraphQLObjectType): readonly Step[] {
  return Object.values(type.getFields())
    .map((field) => ({ type, field, entry: fieldOf(table, type.name, field.name) }))
    .filter((step): step is Step => step.entry !== undefined)
}

/** Every field that leads from somewhere reachable to each object type, with the shortest way to it. */
export function doorsOf(
  schema: GraphQLSchema,
  table: Table,
): ReadonlyMap<GraphQLObjectType, readonly Door[]> {
  const doors = new Map<GraphQLObjectType, Door[]>()
  const roots = [schema.getQueryType(), schema.getMutationType()].filter((type) => !!type)
  const pending: { readonly type: GraphQLObjectType; readonly way: Door }[] = []
  function open(type: GraphQLObjectType, way: Door) {
    const known = doors.get(type)
    if (known) return known.push(way)
    doors.set(type, [way])
    return pending.push({ type, way })
  }
  for (const root of roots) open(root, [])
  for (let next = pending.shift(); next; next = pending.shift()) {
    for (const step of stepsOn(table, next.type)) {
      const returned = getNamedType(step.field.type)
      if (!isCompositeType(returned)) continue
      const targets = isAbstractType(returned) ? schema.getPossibleTypes(returned) : [returned]
      for (const target of targets) open(target, [...next.way, step])
    }
  }
  return doors
}
