import { MapperKind, mapSchema } from '@graphql-tools/utils'
import {
  type GraphQLFieldConfig,
  GraphQLInterfaceType,
  type GraphQLIsTypeOfFn,
  GraphQLObjectType,
  type GraphQLSchema,
  type GraphQLTypeResolver,
  GraphQLUnionType,
  isInterfaceType,
  isObjectType,
} from 'graphql'
import type { Compiled } from './engine.js'
import { type Gate, gateId } from './gates.js'
import type { Guards } from './guard.js'
import { hasRuledArgument } from './inputs.js'
import { isPromiseLike } from './maybe-promise.js'
import { type FieldEntry, fieldOf, type Table, type TypeEntry } from './table.js'

/** Every guard that was put somewhere, with the coordinate that it guards and what it guards. */
export type GuardRegister = {
  readonly add: (guard: object, coordinate: string, original: unknown, gate?: Gate | null) => void
  readonly coordinateOf: (guard: unknown) => string | null
  readonly originalOf: (guard: unknown) => unknown
  /** Where the guard asks nothing but a verdict. */
  readonly gateOf: (guard: unknown) => Gate | null
}

type Registered = { readonly coordinate: string; readonly original: unknown; readonly gate: Gate | null }

export function createGuardRegister(): GuardRegister {
  const register = new WeakMap<object, Registered>()
  const found = (guard: unknown) => (typeof guard === 'function' ? register.get(guard) : undefined)
  return {
    add: (guard, coordinate, original, gate = null) =>
      void register.set(guard, { coordinate, original, gate }),
    coordinateOf: (guard) => found(guard)?.coordinate ?? null,
    originalOf: (guard) => found(guard)?.original,
    gateOf: (guard) => found(guard)?.gate ?? null,
  }
}

export type Placement = 'root' | 'inner' | 'none'

/** Whether a field carries a guard. Without a rule of its own it needs none: each way to its type is closed. */
export function placementOf({ table, roots }: Compiled, typeName: string, entry: FieldEntry): Placement {
  if (Object.values(roots).includes(typeName)) return 'root'
  const open = entry.guard === 'inherited' && table.opened.has(typeName)
  return entry.guard === 'own' || open || hasRuledArgument(table, entry) ? 'inner' : 'none'
}

/** Whether a value of an abstract type can turn out to be something guarded. */
export const needsTypeResolver = (table: Table, type: TypeEntry): boolean =>
  type.kind !== 'object' &&
  (type.rule !== null || type.possible.some((name) => (table.types.get(name)?.rule ?? null) !== null))

/** Whether the rule of an object type looks at its value. */
export const needsValueCheck = (type: TypeEntry): boolean => type.kind === 'object' && type.rule !== type.door

/** Puts a guard round everything that needs one, in a copy of the schema. */
export function guardSchema<Context>(
  schema: GraphQLSchema,
  compiled: Compiled,
  guards: Guards<Context>,
  register: GuardRegister,
): GraphQLSchema {
  const { table, roots } = compiled
  const rootOf = (typeName: string) => (typeName === roots.query ? 'query' : 'other root')

  function guardField(
    config: GraphQLFieldConfig<unknown, unknown, Record<string, unknown>>,
    name: string,
    typeName: string,
  ) {
    const entry = fieldOf(table, typeName, name)
    const placement = entry && placementOf(compiled, typeName, entry)
    if (!entry || !placement || placement === 'none') return undefined
    const resolve = guards.field(entry, placement, config.resolve)
    const rule = guards.soleRuleOf(entry)
    const id = rule && gateId(rule, placement === 'inner' ? 'inner' : rootOf(typeName))
    register.add(
      resolve,
      entry.coordinate,
      config.resolve,
      id === null ? null : { id, resolve: config.resolve },
    )
    if (typeName !== roots.subscription) return { ...config, resolve }
    const subscribe = guards.subscribe(entry, config.subscribe)
    register.add(subscribe, entry.coordinate, config.subscribe)
    return { ...config, resolve, subscribe }
  }

  function guardObject(type: GraphQLObjectType): GraphQLObjectType | undefined {
    const entry = table.types.get(type.name)
    if (!entry || !needsValueCheck(entry)) return undefined
    const isTypeOf = guards.isTypeOf(entry, type.isTypeOf)
    register.add(isTypeOf, type.name, type.isTypeOf)
    return new GraphQLObjectType({ ...type.toConfig(), isTypeOf })
  }

  function guardAbstract(type: GraphQLInterfaceType | GraphQLUnionType) {
    const entry = table.types.get(type.name)
    if (!entry || !needsTypeResolver(table, entry)) return undefined
    const original = type.resolveType ?? discriminate(schema)
    const resolveType = guards.typeResolver(entry, original)
    register.add(resolveType, type.name, type.resolveType)
    return isInterfaceType(type)
      ? new GraphQLInterfaceType({ ...type.toConfig(), resolveType })
      : new GraphQLUnionType({ ...type.toConfig(), resolveType })
  }

  return mapSchema(schema, {
    [MapperKind.OBJECT_FIELD]: guardField,
    [MapperKind.OBJECT_TYPE]: guardObject,
    [MapperKind.ABSTRACT_TYPE]: guardAbstract,
  })
}

type IsTypeOf = GraphQLIsTypeOfFn<unknown, unknown>

/**
 * How graphql-js tells types apart by default (`__typename`, then `isTypeOf`), over the functions of the schema before
 * protection: a guard in the place of a missing `isTypeOf` would claim every value.
 */
function discriminate(before: GraphQLSchema): GraphQLTypeResolver<unknown, unknown> {
  return (value, context, info, abstractType) => {
    const stated: unknown =
      typeof value === 'object' && value !== null ? Reflect.get(value, '__typename') : null
    if (typeof stated === 'string') return stated
    const candidates = info.schema.getPossibleTypes(abstractType).flatMap(({ name }) => {
      const type = before.getType(name)
      return isObjectType(type) && type.isTypeOf ? [{ name, isTypeOf: type.isTypeOf as IsTypeOf }] : []
    })
    const answers = candidates.map(({ name, isTypeOf }) => ({ name, is: isTypeOf(value, context, info) }))
    const sure = answers.find(({ is }) => is === true)
    if (sure) return sure.name
    const unsure = answers.filter(({ is }) => isPromiseLike(is))
    if (unsure.length === 0) return undefined
    return Promise.all(unsure.map(async ({ is }) => is)).then((found) => unsure[found.indexOf(true)]?.name)
  }
}
