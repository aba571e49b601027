import { MapperKind, mapSchema } from '@graphql-tools/utils'
import {
  GraphQLBoolean,
  type GraphQLField,
  type GraphQLFieldConfig,
  type GraphQLInputType,
  type GraphQLNamedType,
  GraphQLInterfaceType,
  GraphQLObjectType,
  GraphQLSchema,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  isSpecifiedScalarType,
  isUnionType,
} from 'graphql'
import { isObject } from '../is-object.js'
import type { Rule } from '../requirement.js'
import { fieldOf, type InputEntry, type Table } from '../table.js'

type Allowed = (rule: Rule | null | undefined) => 'seen' | 'hidden'
type Fielded = GraphQLObjectType | GraphQLInterfaceType

/** What one set of verdicts leaves of a schema. Hiding one thing can make another useless, so it is hidden too. */
function createView(schema: GraphQLSchema, table: Table, allowed: Allowed) {
  const hidden = new Set<string>()
  const reachable = new Set<string>()
  const types = Object.values(schema.getTypeMap()).filter((type) => !isIntrospectionType(type))

  const sees = (coordinate: string) => !hidden.has(coordinate)
  const seesType = (type: GraphQLNamedType) => sees(type.name)
  const hide = (coordinate: string) => void hidden.add(coordinate)

  const inputHidden = (entry: InputEntry | undefined, type: GraphQLNamedType) =>
    allowed(entry?.rule) === 'hidden' || !seesType(type)

  function judgeField(type: Fielded, field: GraphQLField<unknown, unknown>) {
    const entry = fieldOf(table, type.name, field.name)
    const coordinate = `${type.name}.${field.name}`
    if (allowed(entry?.rule) === 'hidden' || !seesType(getNamedType(field.type))) hide(coordinate)
    for (const arg of field.args) {
      if (!inputHidden(entry?.args.get(arg.name), getNamedType(arg.type))) continue
      hide(`${coordinate}(${arg.name}:)`)
      if (isRequiredArgument(arg)) hide(coordinate)
    }
  }

  /** Hides what a type cannot show, and the type when nothing is left of it. */
  function judge(type: GraphQLNamedType) {
    const rule = table.types.get(type.name)?.rule ?? table.inputTypes.get(type.name)?.rule
    if (allowed(rule) === 'hidden') hide(type.name)
    const parts = partsOf(type)
    if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) judgeField(type, field)
    }
    if (isInputObjectType(type)) {
      for (const field of Object.values(type.getFields())) {
        const entry = table.inputTypes.get(type.name)?.fields.get(field.name)
        if (!inputHidden(entry, getNamedType(field.type))) continue
        hide(`${type.name}.${field.name}`)
        if (isRequiredInputField(field)) hide(type.name)
      }
    }
    for (const [name, value] of table.inputTypes.get(type.name)?.values ?? []) {
      if (allowed(value.rule) === 'hidden') hide(`${type.name}.${name}`)
    }
    const left = isUnionType(type) ? parts.some(sees) : parts.some((name) => sees(`${type.name}.${name}`))
    if (parts.length > 0 && !left) hide(type.name)
  }

  function settle() {
    for (let before = -1; before !== hidden.size; ) {
      before = hidden.size
      for (const type of types) judge(type)
    }
  }

  /** An interface stays with a type that still shows all that the interface shows. */
  function implementsStill(type: Fielded, parent: GraphQLInterfaceType): boolean {
    const kept = Object.values(parent.getFields()).every((field) => {
      if (!sees(`${parent.name}.${field.name}`)) return true
      const own = `${type.name}.${field.name}`
      const args = field.args.filter((arg) => sees(`${parent.name}.${field.name}(${arg.name}:)`))
      return sees(own) && args.every((arg) => sees(`${own}(${arg.name}:)`))
    })
    return seesType(parent) && kept && parent.getInterfaces().every((above) => implementsStill(type, above))
  }

  const interfacesOf = (type: Fielded) =>
    type.getInterfaces().filter((parent) => implementsStill(type, parent))

  function neighbours(type: GraphQLNamedType): readonly GraphQLNamedType[] {
    if (isUnionType(type)) return type.getTypes()
    if (isInputObjectType(type)) {
      return Object.values(type.getFields())
        .filter((field) => sees(`${type.name}.${field.name}`))
        .map((field) => getNamedType(field.type))
    }
    if (!isObjectType(type) && !isInterfaceType(type)) return []
    const fields = Object.values(type.getFields()).filter((field) => sees(`${type.name}.${field.name}`))
    const args = fields.flatMap((field) =>
      field.args.filter((arg) => sees(`${type.name}.${field.name}(${arg.name}:)`)),
    )
    const implementers = isInterfaceType(type)
      ? Object.values(schema.getImplementations(type))
          .flat()
          .filter((implementer) => implementsStill(implementer, type))
      : []
    return [
      ...[...fields, ...args].map((part) => getNamedType(part.type)),
      ...interfacesOf(type),
      ...implementers,
    ]
  }

  /** A type that nothing visible leads to is of no use, and its name is not told. */
  function reach() {
    const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
    const ofDirectives = schema
      .getDirectives()
      .flatMap(({ args }) => args.map((arg) => getNamedType(arg.type)))
    const pending: GraphQLNamedType[] = [...roots.filter((type) => !!type), ...ofDirectives]
    for (let type = pending.pop(); type; type = pending.pop()) {
      if (reachable.has(type.name) || !seesType(type)) continue
      reachable.add(type.name)
      pending.push(...neighbours(type))
    }
  }

  settle()
  reach()
  const shows = (type: GraphQLNamedType) =>
    isIntrospectionType(type) || isSpecifiedScalarType(type) || reachable.has(type.name)
  return { sees, shows, interfacesOf }
}

function partsOf(type: GraphQLNamedType): readonly string[] {
  if (isUnionType(type)) return type.getTypes().map(({ name }) => name)
  if (isEnumType(type)) return type.getValues().map(({ name }) => name)
  return isObjectType(type) || isInterfaceType(type) || isInputObjectType(type)
    ? Object.keys(type.getFields())
    : []
}

type Sees = (coordinate: string) => boolean

/** Whether a value, as resolvers see it, is an enum value that is hidden, or holds one. */
function holdsHidden(type: GraphQLInputType, value: unknown, sees: Sees): boolean {
  if (isNonNullType(type)) return holdsHidden(type.ofType, value, sees)
  if (isListType(type)) {
    const items: readonly unknown[] = Array.isArray(value) ? value : [value]
    return items.some((item) => holdsHidden(type.ofType, item, sees))
  }
  if (isEnumType(type)) {
    return type.getValues().some((one) => one.value === value && !sees(`${type.name}.${one.name}`))
  }
  if (!isInputObjectType(type) || !isObject(value)) return false
  return Object.values(type.getFields()).some((field) => holdsHidden(field.type, value[field.name], sees))
}

/** A default that names what is hidden is not told, and what has one need not be given all the same. */
function withSeenDefault<Input extends { type: GraphQLInputType; defaultValue?: unknown }>(
  input: Input,
  sees: Sees,
): Input {
  if (!holdsHidden(input.type, input.defaultValue, sees)) return input
  return { ...input, type: getNullableType(input.type), defaultValue: undefined }
}

/** Every schema has a query root (GraphQL 3.3.1), and every object a field. */
const emptyQuery = (name: string) => new GraphQLObjectType({ name, fields: { _: { type: GraphQLBoolean } } })

function withQuery(schema: GraphQLSchema, name: string): GraphQLSchema {
  if (schema.getQueryType()) return schema
  return new GraphQLSchema({ ...schema.toConfig(), query: emptyQuery(name) })
}

/** The part of a schema that can be used under `allowed`: a valid schema that does not name the rest. */
export function visibleSchema(schema: GraphQLSchema, table: Table, allowed: Allowed): GraphQLSchema {
  const { sees, shows, interfacesOf } = createView(schema, table, allowed)
  function seenField(field: GraphQLFieldConfig<unknown, unknown>, name: string, typeName: string) {
    const coordinate = `${typeName}.${name}`
    if (!sees(coordinate)) return null
    const args = Object.entries({ ...field.args })
      .filter(([arg]) => sees(`${coordinate}(${arg}:)`))
      .map(([arg, config]) => [arg, withSeenDefault(config, sees)] as const)
    return { ...field, args: Object.fromEntries(args) }
  }
  const trimmed = mapSchema(schema, {
    [MapperKind.COMPOSITE_FIELD]: seenField,
    [MapperKind.INPUT_OBJECT_FIELD]: (field, name, typeName) =>
      sees(`${typeName}.${name}`) ? withSeenDefault(field, sees) : null,
    [MapperKind.ENUM_VALUE]: (_, typeName, __, name) => (sees(`${typeName}.${name}`) ? undefined : null),
  })
  const left = mapSchema(trimmed, {
    [MapperKind.TYPE]: (type) => {
      if (!shows(type)) return null
      const before = schema.getType(type.name)
      if (isObjectType(type) && isObjectType(before)) {
        return new GraphQLObjectType({
          ...type.toConfig(),
          interfaces: namesIn(trimmed, interfacesOf(before)),
        })
      }
      if (isInterfaceType(type) && isInterfaceType(before)) {
        return new GraphQLInterfaceType({
          ...type.toConfig(),
          interfaces: namesIn(trimmed, interfacesOf(before)),
        })
      }
      return undefined
    },
  })
  return withQuery(left, schema.getQueryType()?.name ?? 'Query')
}

const namesIn = (schema: GraphQLSchema, interfaces: readonly GraphQLInterfaceType[]) =>
  interfaces.map(({ name }) => schema.getType(name)).filter((type) => isInterfaceType(type))
