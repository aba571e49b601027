import {
  defaultFieldResolver,
  type GraphQLFieldResolver,
  type GraphQLIsTypeOfFn,
  type GraphQLResolveInfo,
  type GraphQLTypeResolver,
  OperationTypeNode,
} from 'graphql'
import { type Call, createEnforcement, type Need } from './enforcement.js'
import type { Compiled, Engine } from '../engine.js'
import { hasRuledArgument, providedInputs } from '../plan/inputs.js'
import { isObject } from '../is-object.js'
import { isPromiseLike } from '../maybe-promise.js'
import { noArguments } from '../run/policy-runner.js'
import type { Rule } from '../requirement.js'
import type { FieldEntry, TypeEntry } from '../table.js'
import type { Templates } from '../plan/templates.js'
import { type Verdicts, verdictOf } from '../verdict.js'

/** The checks round resolvers. They read the same table as the plan, and trust nothing that the plan has said. */
export function createGuards<Context>(engine: Engine<Context>, compiled: Compiled, templates: Templates) {
  const { verdictsFor, credentialOf, decided, executions } = engine
  const { table } = compiled
  const enforcement = createEnforcement(engine, compiled, templates)
  const { callOf, proceed, refuseField, refuseOutright, refuseOperation } = enforcement

  function inputNeeds(entry: FieldEntry, call: Call<Context>): readonly Need[] {
    const args = call.info.fieldNodes[0]?.arguments
    if (!args?.length) return []
    return providedInputs(table, entry, args, executions.variablesOf(call.info, call.context))
  }

  type Resolver = GraphQLFieldResolver<unknown, Context, Record<string, unknown>>

  /**
   * The guard of most fields: one comparison with what is known of the caller, then the resolver itself. The long way is
   * a function of its own, so that the short one allocates nothing.
   */
  function guardByRule(need: Need, resolve: Resolver | undefined): Resolver {
    const { rule } = need
    const needs = [need]
    let granted: Verdicts | null = null

    const decide: Resolver = (parent, args, context, info) => {
      const verdicts = verdictsFor(credentialOf(context))
      if (decided === null && verdictOf(verdicts, rule) === 'allow') granted = verdicts
      const go = () => (resolve ?? defaultFieldResolver)(parent, args, context, info)
      return proceed(callOf(parent, args, context, info), needs, go, refuseField)
    }
    if (resolve) {
      return (parent, args, context, info) =>
        verdictsFor(credentialOf(context)) === granted
          ? resolve(parent, args, context, info)
          : decide(parent, args, context, info)
    }
    return (parent, args, context, info) => {
      if (verdictsFor(credentialOf(context)) !== granted) return decide(parent, args, context, info)
      // What the default resolver does, without a call for each item.
      if (!isObject(parent)) return defaultFieldResolver(parent, args, context, info)
      const value = parent[info.fieldName]
      return typeof value === 'function' ? Reflect.apply(value, parent, [args, context, info]) : value
    }
  }

  function guardEntirely(
    entry: FieldEntry,
    place: 'root' | 'inner',
    resolve: Resolver,
    refuse: typeof refuseField,
  ): Resolver {
    const own = entry.rule ? [{ coordinate: entry.coordinate, rule: entry.rule }] : []
    const ruled = hasRuledArgument(table, entry)
    return (parent, args, context, info) => {
      const call = callOf(parent, args, context, info)
      if (place === 'root') {
        if (info.operation.operation === OperationTypeNode.MUTATION) executions.forgetAnswers(info, context)
        refuseOperation(call)
      }
      const needs = ruled ? [...own, ...inputNeeds(entry, call)] : own
      return proceed(call, needs, () => resolve(parent, args, context, info), refuse)
    }
  }

  /** The rule whose verdict is all that is asked of the field itself; null where its arguments are asked about too. */
  const soleRuleOf = (entry: FieldEntry): Rule | null => (hasRuledArgument(table, entry) ? null : entry.rule)

  function field(entry: FieldEntry, place: 'root' | 'inner', resolve: Resolver | undefined): Resolver {
    const rule = place === 'inner' ? soleRuleOf(entry) : null
    if (rule) return guardByRule({ coordinate: entry.coordinate, rule }, resolve)
    return guardEntirely(entry, place, resolve ?? defaultFieldResolver, refuseField)
  }

  /** Refused before the source starts; there is no field yet that could be null. */
  function subscribe(entry: FieldEntry, source: Resolver = defaultFieldResolver): Resolver {
    return guardEntirely(entry, 'root', source, refuseOutright)
  }

  /** The field is named, not the type: a client must not learn from a refusal what a value is. */
  const needsOfValue = (info: GraphQLResolveInfo, rules: readonly (Rule | null)[]): readonly Need[] => {
    const coordinate = `${info.parentType.name}.${info.fieldName}`
    return rules.flatMap((rule) => (rule ? [{ coordinate, rule }] : []))
  }

  type TypeResolver = GraphQLTypeResolver<unknown, Context>

  /** An interface or union: the rule of the type that turns up holds, whatever is selected on it. */
  function typeResolver(abstract: TypeEntry, original: TypeResolver): TypeResolver {
    const own = abstract.kind === 'union' && abstract.rule !== abstract.door ? abstract.rule : null
    return (value, context, info, abstractType) => {
      const check = (name: string | undefined) => {
        const door = name === undefined ? null : (table.types.get(name)?.door ?? null)
        const needs = needsOfValue(info, [own, door])
        if (needs.length === 0) return name
        return proceed(callOf(value, noArguments, context, info), needs, () => name, refuseOutright)
      }
      const name = original(value, context, info, abstractType)
      // Adopted first: the `then` of others may resolve to one more promise.
      return isPromiseLike(name) ? Promise.resolve(name).then(check) : check(name)
    }
  }

  type IsTypeOf = GraphQLIsTypeOfFn<unknown, Context>

  /** A type whose rule looks at the value itself: asked for each value, by whatever field it came. */
  function isTypeOf(type: TypeEntry, original: IsTypeOf | null | undefined): IsTypeOf {
    return (value, context, info) => {
      const check = (is: boolean) => {
        const needs = is ? needsOfValue(info, [type.rule]) : []
        return proceed(callOf(value, noArguments, context, info), needs, () => is, refuseOutright)
      }
      const is = original ? original(value, context, info) : true
      return isPromiseLike(is) ? Promise.resolve(is).then(check) : check(is)
    }
  }

  return { field, soleRuleOf, subscribe, typeResolver, isTypeOf }
}

export type Guards<Context> = ReturnType<typeof createGuards<Context>>
