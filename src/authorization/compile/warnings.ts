import { type GraphQLSchema, isInterfaceType, isObjectType } from 'graphql'
import { type FieldEntry, fieldOf, type InputTypeEntry, type Table } from '../table.js'

export type Warning = { readonly coordinate: string; readonly message: string }

const letters = (name: string) => name.toLowerCase().replaceAll('_', '')

/** `email`, and what sort enums make of it: `EMAIL`, `EMAIL_ASC`, `email_DESC`. */
const namesField = (name: string, field: string) =>
  letters(name) === letters(field) || letters(name.replace(/_(asc|desc)$/i, '')) === letters(field)

type Part = { readonly coordinate: string; readonly name: string }

/** An argument that carries no rule, and the parts of its type, at any depth, that carry none. */
function openParts(
  argument: Part & { readonly type: InputTypeEntry },
  enumValues: ReadonlyMap<string, readonly string[]>,
) {
  const parts: Part[] = [argument]
  const visited = new Set<InputTypeEntry>()
  const pending = [argument.type]
  for (let next = pending.pop(); next; next = pending.pop()) {
    if (visited.has(next) || next.rule) continue
    visited.add(next)
    for (const [name, field] of next.fields) {
      if (field.rule) continue
      parts.push({ coordinate: field.coordinate, name })
      pending.push(field.type)
    }
    const { name: typeName, values } = next
    for (const name of enumValues.get(typeName) ?? []) {
      if (!values.has(name)) parts.push({ coordinate: `${typeName}.${name}`, name })
    }
  }
  return parts
}

/** The types whose fields a filter or sort on this field is about: what it returns, and what a connection holds. */
function subjectsOf(table: Table, field: FieldEntry): ReadonlySet<string> {
  const found = new Set<string>()
  const add = (name: string) => {
    for (const type of table.types.get(name)?.possible ?? []) found.add(type)
  }
  add(field.returns)
  for (const name of Array.from(found)) {
    for (const inner of ['nodes', 'edges', 'items']) {
      const entry = fieldOf(table, name, inner)
      if (!entry) continue
      add(entry.returns)
      const node = fieldOf(table, entry.returns, 'node')
      if (node) add(node.returns)
    }
  }
  return found
}

/** Protected output fields that a filter or sort input of the same name leaves open: who sorts by a secret can read it. */
export function openFilters(schema: GraphQLSchema, table: Table): readonly Warning[] {
  const enumValues = new Map(
    Object.values(schema.getTypeMap()).flatMap((type) =>
      'getValues' in type ? [[type.name, type.getValues().map(({ name }) => name)] as const] : [],
    ),
  )
  const warnings = new Map<string, Warning>()
  const mutations = schema.getMutationType()?.name
  for (const type of table.types.values()) {
    // What a mutation is given is no filter.
    if (type.name === mutations) continue
    for (const field of type.fields.values()) {
      const subjects = subjectsOf(table, field)
      const secrets = [...table.types.values()]
        .filter(({ name }) => subjects.has(name))
        .flatMap(({ fields }) => [...fields].filter(([, { guard }]) => guard === 'own'))
      for (const [argument, arg] of field.args) {
        if (arg.rule || arg.type.rule || secrets.length === 0) continue
        for (const part of openParts({ ...arg, name: argument }, enumValues)) {
          const secret = secrets.find(([name]) => namesField(part.name, name))?.[1]
          if (!secret) continue
          const message = `${field.coordinate} can filter or sort by it, which tells about the protected ${secret.coordinate}.`
          warnings.set(`${part.coordinate} ${secret.coordinate}`, { coordinate: part.coordinate, message })
        }
      }
    }
  }
  return [...warnings.values()]
}

/** @public fields that return a guarded type: the mark has no effect there. */
export function idleMarks(schema: GraphQLSchema, table: Table): readonly Warning[] {
  return Object.values(schema.getTypeMap()).flatMap((type) => {
    if (!isObjectType(type) && !isInterfaceType(type)) return []
    return Object.values(type.getFields()).flatMap((field) => {
      const marked = field.astNode?.directives?.some(({ name }) => name.value === 'public')
      const entry = fieldOf(table, type.name, field.name)
      if (!marked || !entry?.rule) return []
      const message = `is @public, and yet closed by the rule of ${entry.returns}, which it returns.`
      return [{ coordinate: entry.coordinate, message }]
    })
  })
}

/** Where names are hidden: types that hide their fields but not themselves, so that `__typename` tells of them. */
export function toldNames(table: Table): readonly Warning[] {
  const types = [...table.types.values()]
  const abstract = types.filter(({ kind }) => kind !== 'object')
  return types
    .filter(
      ({ name, kind, rule, fields }) =>
        kind === 'object' &&
        !rule &&
        [...fields.values()].every((field) => field.rule) &&
        abstract.some(({ possible }) => possible.includes(name)),
    )
    .map(({ name }) => ({
      coordinate: name,
      message:
        'guards every field and not itself: `__typename` tells its name to callers who may not know it.',
    }))
}
