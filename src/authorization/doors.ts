import {
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
} from 'graphql'

export type Step = { readonly type: GraphQLObjectType; readonly field: GraphQLField<unknown, unknown> }
export type Door = readonly Step[]

/** Every field that leads from somewhere reachable to each object type, with the shortest way to it. */
export function doorsOf(schema: GraphQLSchema): ReadonlyMap<string, readonly Door[]> {
  const doors = new Map<string, Door[]>()
  const ways = new Map<string, Door>()
  const roots = [schema.getQueryType(), schema.getMutationType()].filter((type) => !!type)
  const pending: GraphQLObjectType[] = []
  for (const root of roots) {
    ways.set(root.name, [])
    doors.set(root.name, [[]])
    pending.push(root)
  }
  for (let type = pending.shift(); type; type = pending.shift()) {
    for (const field of Object.values(type.getFields())) {
      const returned = getNamedType(field.type)
      if (!isCompositeType(returned)) continue
      const way = [...(ways.get(type.name) ?? []), { type, field }]
      for (const target of isAbstractType(returned) ? schema.getPossibleTypes(returned) : [returned]) {
        doors.set(target.name, [...(doors.get(target.name) ?? []), way])
        if (ways.has(target.name)) continue
        ways.set(target.name, way)
        pending.push(target)
      }
    }
  }
  return doors
}
