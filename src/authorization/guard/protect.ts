import { MapperKind, mapSchema } from '@graphql-tools/utils'
import {
  type GraphQLFieldConfig,
  type GraphQLFieldResolver,
  GraphQLInterfaceType,
  GraphQLObjectType,
  type GraphQLSchema,
  type GraphQLTypeResolver,
  GraphQLUnionType,
  isInterfaceType,
  isObjectType,
} from 'graphql'
import type { Compiled } from '../engine.js'
import { type Gate, gateId } from './gates.js'
import type { Guards } from './guard.js'
import { hasRuledArgument } from '../plan/inputs.js'
import { isObject } from '../is-object.js'
import { isPromiseLike } from '../maybe-promise.js'
import { type FieldEntry, fieldOf, type Table, type TypeEntry } from '../table.js'

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

type Placement = 'root' | 'inner' | 'none'

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

type Guarding<Context> = {
  readonly guards: Guards<Context>
  readonly register: GuardRegister
  /** For fields and types that have none of their own. */
  readonly fieldResolver: GraphQLFieldResolver<unknown, unknown> | undefined
  readonly typeResolver: GraphQLTypeResolver<unknown, unknown> | undefined
}

/** Puts a guard round everything that needs one, in a copy of the schema. */
export function guardSchema<Context>(
  schema: GraphQLSchema,
  compiled: Compiled,
  { guards, register, fieldResolver, typeResolver }: Guarding<Context>,
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
    const original = config.resolve ?? fieldResolver
    const resolve = guards.field(entry, placement, original)
    const rule = guards.soleRuleOf(entry)
    const id = rule && gateId(rule, placement === 'inner' ? 'inner' : rootOf(typeName))
    register.add(resolve, entry.coordinate, original, id === null ? null : { id, resolve: original })
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
    const original = type.resolveType ?? typeResolver ?? discriminate(schema)
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

type Candidate = { readonly name: string; readonly is: PromiseLike<boolean> }

/**
 * As graphql-js tells types apart by default, `__typename` first and then `isTypeOf`, but by the functions of the schema
 * before protection: a guard in the place of a missing `isTypeOf` would claim every value.
 */
function discriminate(before: GraphQLSchema): GraphQLTypeResolver<unknown, unknown> {
  return (value, context, info, abstractType) => {
    const stated = isObject(value) ? value['__typename'] : null
    if (typeof stated === 'string') return stated
    const waiting: Candidate[] = []
    try {
      for (const { name } of info.schema.getPossibleTypes(abstractType)) {
        const type = before.getType(name)
        const is = isObjectType(type) && type.isTypeOf ? type.isTypeOf(value, context, info) : false
        if (isPromiseLike(is)) waiting.push({ name, is })
        else if (is) {
          ignore(waiting)
          return name
        }
      }
    } catch (error) {
      ignore(waiting)
      throw error
    }
    if (waiting.length === 0) return undefined
    return Promise.all(waiting.map(({ is }) => is)).then((found) => waiting[found.findIndex(Boolean)]?.name)
  }
}

/** Nobody waits any more for the others, and nobody may have to know of their rejections. */
const ignore = (waiting: readonly Candidate[]) => void Promise.allSettled(waiting.map(({ is }) => is))
