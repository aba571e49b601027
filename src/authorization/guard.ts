import {
  defaultFieldResolver,
  type FieldNode,
  type GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLIsTypeOfFn,
  type GraphQLResolveInfo,
  type GraphQLTypeResolver,
  isNonNullType,
  responsePathAsArray,
  OperationTypeNode,
} from 'graphql'
import { type Credential, isCaller } from './caller.js'
import type { Compiled, Engine } from './engine.js'
import type { Execution } from './execution.js'
import { hasRuledArgument, providedInputs } from './inputs.js'
import type { PolicyParent } from './policies.js'
import { isPromiseLike, type MaybePromise, noArguments } from './policy-runner.js'
import { countOccurrence, refusalError } from './refusal.js'
import type { Rule } from './requirement.js'
import type { FieldEntry, TypeEntry } from './table.js'
import type { Templates } from './templates.js'
import { openOf, type Verdicts, verdictOf } from './verdict.js'

type Arguments = Readonly<Record<string, unknown>>
type Need = { readonly coordinate: string; readonly rule: Rule }

/** What a check knows: who is calling, on what, in which run. */
type Call<Context> = {
  readonly credential: Credential
  readonly parent: unknown
  readonly args: Arguments
  readonly context: Context
  readonly info: GraphQLResolveInfo
  /** Looked up when it is asked for: most checks need nothing that lasts. */
  readonly execution: Execution
}

type Denied = { readonly denied: Need }
type Outcome = 'allowed' | Denied

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

const inList = ({ path }: GraphQLResolveInfo) => {
  for (let at: GraphQLResolveInfo['path'] | undefined = path; at; at = at.prev) {
    if (typeof at.key === 'number') return true
  }
  return false
}

/** The checks round resolvers. They read the same table as the plan, and trust nothing that the plan has said. */
export function createGuards<Context>(engine: Engine<Context>, compiled: Compiled, templates: Templates) {
  const { verdictsFor, credentialOf, modeFor, decided, executions, meets, options } = engine
  const { table } = compiled

  function callOf(
    parent: unknown,
    args: Arguments,
    context: Context,
    info: GraphQLResolveInfo,
  ): Call<Context> {
    return {
      credential: credentialOf(context),
      parent,
      args,
      context,
      info,
      get execution() {
        return executions.of(info, context)
      },
    }
  }

  /** The first need that the scopes deny, else what the policies say to the rest. */
  function settle(call: Call<Context>, needs: readonly Need[]): MaybePromise<Outcome> {
    const { credential } = call
    const verdicts = verdictsFor(credential)
    const open: Need[] = []
    for (const need of needs) {
      const verdict = verdictOf(verdicts, need.rule)
      decided?.({ coordinate: need.coordinate, verdict, phase: 'guard' })
      if (verdict === 'deny') return { denied: need }
      if (verdict === 'ask') open.push(need)
    }
    const [first] = open
    if (!first) return 'allowed'
    if (!isCaller(credential)) return { denied: first }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what a parent is, only its resolvers know
    const situation = { ...call, caller: credential, parent: call.parent as PolicyParent }
    const answer = meets(
      open.flatMap(({ rule }) => openOf(verdicts, rule)),
      situation,
    )
    const conclude = (held: boolean): Outcome => {
      decided?.({ coordinate: first.coordinate, verdict: held ? 'allow' : 'deny', phase: 'policy' })
      return held ? 'allowed' : { denied: first }
    }
    return typeof answer === 'boolean' ? conclude(answer) : answer.then(conclude)
  }

  function errorFor(
    { credential }: Call<Context>,
    { coordinate, rule }: Need,
    place?: { readonly path: readonly (string | number)[]; readonly nodes: readonly FieldNode[] },
  ): GraphQLError {
    const code = verdictsFor(credential).kind === 'caller' ? 'FORBIDDEN' : 'UNAUTHENTICATED'
    return refusalError({ code, coordinate, required: rule.required, ...place }, options)
  }

  /** An error that graphql-js need not locate, which would cost more than to make it. */
  function fieldError(call: Call<Context>, need: Need): GraphQLError {
    const { path, fieldNodes } = call.info
    return errorFor(call, need, { path: responsePathAsArray(path), nodes: fieldNodes })
  }

  /** A refused field of a list is one error at its first item, which counts the others; they are null. */
  function refuseField(call: Call<Context>, need: Need): null {
    const { info } = call
    if (isNonNullType(info.returnType) || !inList(info)) throw fieldError(call, need)
    const { refusals } = call.execution
    const known = refusals.get(info.fieldNodes)
    if (known?.coordinate === need.coordinate) {
      countOccurrence(known.error)
      return null
    }
    const error = fieldError(call, need)
    error.extensions['occurrences'] = 1
    refusals.set(info.fieldNodes, { error, coordinate: need.coordinate })
    throw error
  }

  /** Of a value, not of a field: only graphql-js knows at which item of a list. */
  function refuseOutright(call: Call<Context>, need: Need): never {
    throw errorFor(call, need)
  }

  /** Goes on when allowed, and in `observe` without waiting for the outcome. */
  function proceed<T, R>(
    call: Call<Context>,
    needs: readonly Need[],
    go: () => T,
    refuse: (call: Call<Context>, need: Need) => R,
  ): T | R | Promise<T | R> {
    const outcome = settle(call, needs)
    const conclude = (settled: Outcome) => (settled === 'allowed' ? go() : refuse(call, settled.denied))
    if (modeFor(call.context) === 'observe' || outcome === 'allowed') return go()
    return isPromiseLike(outcome) ? outcome.then(conclude) : conclude(outcome)
  }

  /** Decided before the first resolver also where nobody asked for a plan: a refused operation runs none. */
  function refuseOperation(call: Call<Context>): void {
    const { info, credential, context } = call
    const mode = modeFor(context)
    if (info.operation.operation === OperationTypeNode.QUERY && mode === 'partial' && !isBad(credential))
      return
    const variables = executions.variablesOf(info, context)
    const plan = engine.evaluate(compiled, templates.ofInfo(info), variables, credential, mode)
    if (plan.status === 200) return
    const own = plan.refusals.find(({ path }) => path[0] === info.path.key)
    const refusal = own ?? plan.refusals[0]
    if (refusal) {
      const { code, coordinate, required } = refusal
      throw refusalError({ code, coordinate, required }, options)
    }
  }

  const isBad = (credential: Credential) => verdictsFor(credential).kind === 'bad'

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
      return isPromiseLike(name) ? name.then(check) : check(name)
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
      return isPromiseLike(is) ? is.then(check) : check(is)
    }
  }

  return { field, soleRuleOf, subscribe, typeResolver, isTypeOf }
}

export type Guards<Context> = ReturnType<typeof createGuards<Context>>
