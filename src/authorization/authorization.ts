import type { DocumentNode, GraphQLFieldResolver, GraphQLSchema, GraphQLTypeResolver } from 'graphql'
import { type AccessRow, createAccessTable } from './reports/access-table.js'
import { directivesOf } from './compile/applications.js'
import { type Credential, isCaller } from './caller.js'
import { checkGuards } from './guard/check.js'
import { compileTable } from './compile/compile.js'
import { directiveTypeDefs } from './directives.js'
import { type Compiled, createEngine, type DecisionEvent } from './engine.js'
import { type Explanation, explainPlan } from './reports/explain.js'
import { AuthorizationFaults, createFaults, type Fault } from './faults.js'
import { federationNames } from './compile/federation.js'
import { createGates } from './guard/gates.js'
import { createGuards } from './guard/guard.js'
import { createLock, type Lock } from './reports/lock.js'
import { createMatrix, type MatrixCase, type MatrixOptions } from './reports/matrix.js'
import type { Introspection, Mode } from './plan/plan.js'
import { createPlanning, type Protected, type Variables } from './plan/planning.js'
import { dependenciesOf, type Policy, requireTimeout } from './policies.js'
import type { Failure } from './run/policy-call.js'
import { createGuardRegister, guardSchema } from './guard/protect.js'
import { createRules, type Rule } from './requirement.js'
import { type Rows, rowsFor } from './views/rows.js'
import { checkDirectives } from './compile/schema-faults.js'
import { createScopeRegistry, type ScopeDefinition } from './scopes.js'
import { rulesIn } from './table.js'
import { createTemplates } from './plan/templates.js'
import { openOf, type Verdict, verdictOf } from './verdict.js'
import { createViews } from './views/views.js'
import { idleMarks, openFilters, toldNames, type Warning } from './compile/warnings.js'

export type AuthorizationOptions<Context> = {
  /** Every scope there is. What a token holds beside these counts for nothing. */
  readonly scopes: Readonly<Record<string, ScopeDefinition>>
  readonly policies?: Readonly<Record<string, Policy<Context>>>
  /** Who is calling; synchronous, read at each check, so that a change counts at once. */
  readonly callerOf: (context: Context) => Credential
  /** `partial` unless said otherwise. Mutations and subscriptions are never partial. */
  readonly mode?: Mode
  /** The mode of one request; anything but the two keeps `mode`, and so does `observe`. */
  readonly modeOf?: (context: Context) => 'partial' | 'reject' | null | undefined
  /** `full` unless said otherwise. */
  readonly introspection?: Introspection
  /** How long a policy may take, in milliseconds: 5000 unless said otherwise; `Infinity` for as long as it likes. */
  readonly policyTimeoutMs?: number
  /** Coordinates whose @public may loosen the rule of their type, interface or returned type. */
  readonly publicUnder?: readonly string[]
  /** What reads guarded fields that have no resolver: what the executor is told as its `fieldResolver`, no guard is told. */
  readonly fieldResolver?: GraphQLFieldResolver<unknown, unknown>
  /** What tells guarded types apart that have no `resolveType`: what the executor is told as its `typeResolver`. */
  readonly typeResolver?: GraphQLTypeResolver<unknown, unknown>
  /** Whether clients are told which scopes would do: `false` unless said otherwise. */
  readonly exposeRequirements?: boolean
  /** RFC 9110 11.5: the realm of `WWW-Authenticate`; `fieldgate` unless said otherwise. */
  readonly realm?: string
  /**
   * Apollo Federation's `@authenticated` and `@requiresScopes` are read too. `as-is` also takes fields without any
   * directive for public, as a router does; `strict` refuses them as usual.
   */
  readonly federation?: 'off' | 'strict' | 'as-is'
  /** Each decision, for metrics. Costs nothing when left out. */
  readonly onDecision?: (event: DecisionEvent) => void
  /** What went wrong while deciding, for the log: thrown policies, time-outs. The client never sees it. */
  readonly onFailure?: (failure: Failure) => void
}

/** Refuses a configuration that cannot work, with every fault in it. */
function refuseFaults(faults: readonly Fault[]) {
  if (faults.length > 0) throw new AuthorizationFaults(faults)
}

/**
 * An authorization engine for one schema. Throws `AuthorizationFaults` for a registry that contradicts itself, `RangeError`
 * for a time-out that is none.
 */
export function createAuthorization<Context = unknown>(options: AuthorizationOptions<Context>) {
  const registry = createScopeRegistry(options.scopes)
  refuseFaults(registry.faults)
  const policies = new Map(Object.entries(options.policies ?? {}))
  for (const [name, { timeoutMs }] of policies) {
    if (timeoutMs !== undefined) requireTimeout(`\`timeoutMs\` of the policy "${name}"`, timeoutMs)
  }
  const dependencies = new Map([...policies].map(([name, policy]) => [name, dependenciesOf(policy)]))
  const rules = createRules()
  const register = createGuardRegister()
  const engine = createEngine<Context>({
    registry,
    policies,
    callerOf: options.callerOf,
    mode: options.mode ?? 'partial',
    modeOf: options.modeOf ?? null,
    introspection: options.introspection ?? 'full',
    policyTimeoutMs: requireTimeout('`policyTimeoutMs`', options.policyTimeoutMs ?? 5000),
    exposeRequirements: options.exposeRequirements ?? false,
    realm: options.realm ?? 'fieldgate',
    onDecision: options.onDecision ?? null,
    onFailure: options.onFailure ?? null,
  })
  let current: Protected | null = null

  function compile(schema: GraphQLSchema): {
    readonly compiled: Compiled
    readonly faults: readonly Fault[]
  } {
    const faults = createFaults()
    const federation = options.federation ?? 'off'
    const vocabulary = {
      hasScope: registry.has,
      hasPolicy: (name: string) => policies.has(name),
      federation,
      federationNames: federation === 'off' ? new Map() : federationNames(directivesOf(schema)),
      faults,
    }
    checkDirectives(schema, vocabulary)
    const publicUnder = new Set(options.publicUnder)
    const table = compileTable(schema, { vocabulary, rules, dependencies, publicUnder })
    const roots = {
      query: schema.getQueryType()?.name ?? null,
      mutation: schema.getMutationType()?.name ?? null,
      subscription: schema.getSubscriptionType()?.name ?? null,
    }
    return { compiled: { table, roots }, faults: faults.all }
  }

  function requireProtected(): Protected {
    if (!current) throw new Error('Call protect(schema) first: there are no rules yet.')
    return current
  }

  /**
   * A copy of the schema in which nothing answers past its rules. Throws `AuthorizationFaults` with every fault at once:
   * fields without a rule, unknown names, contradictions. Once: plans and reports speak of one schema.
   */
  function protect(schema: GraphQLSchema): GraphQLSchema {
    if (current) throw new Error('This engine has protected a schema already. Make one for each schema.')
    const { compiled, faults } = compile(schema)
    refuseFaults(faults)
    const templates = createTemplates(compiled)
    const guards = createGuards(engine, compiled, templates)
    const { fieldResolver, typeResolver } = options
    const guarded = guardSchema(schema, compiled, { guards, register, fieldResolver, typeResolver })
    const viewFor = createViews(guarded, compiled.table, rules)
    current = { ...compiled, templates, schema: guarded, viewFor, rulesAt: rulesIn(compiled.table) }
    return guarded
  }

  /** Reads an executable schema again. Throws `AuthorizationFaults` when a protected coordinate lost its rule or guard. */
  function check(schema: GraphQLSchema): void {
    const { compiled, faults } = compile(schema)
    refuseFaults([...faults, ...checkGuards(schema, requireProtected(), compiled.table, register)])
  }

  const { plan, refuse, planRequest, schemaFor, validate } = createPlanning(engine, requireProtected)

  /** null where the coordinate is public. */
  function requireRule(coordinate: string): Rule | null {
    const rule = requireProtected().rulesAt.get(coordinate)
    if (rule === undefined) throw new Error(`There is no rule for "${coordinate}".`)
    return rule
  }

  /** The verdict on one coordinate for one caller, before policies. Throws for a coordinate that the schema has not. */
  function verdict(coordinate: string, caller: Credential): Verdict {
    const rule = requireRule(coordinate)
    return rule === null ? 'allow' : verdictOf(engine.verdictsFor(caller), rule)
  }

  /**
   * Which rows of a guarded type, or behind a guarded field, the caller of a context may see, for a query to ask for no
   * others. Throws for a coordinate that the schema has not, and when a policy that has to decide has no `toWhere`. All of
   * them in `observe`, which refuses nothing.
   */
  function rowsOf(coordinate: string, context: Context): Rows {
    const rule = requireRule(coordinate)
    if (rule === null || engine.modeFor(context) === 'observe') return { rows: 'all' }
    const caller = engine.credentialOf(context)
    const verdicts = engine.verdictsFor(caller)
    const decided = verdictOf(verdicts, rule)
    if (decided !== 'ask' || !isCaller(caller)) return { rows: decided === 'allow' ? 'all' : 'none' }
    const open = openOf(verdicts, rule).map(({ possible }) => possible)
    return rowsFor(open, policies, caller, context)
  }

  /** What an operation asks of a caller, requirement by requirement. */
  function explain(
    document: DocumentNode,
    caller: Credential,
    operationName: string | null = null,
    variables: Variables = null,
  ): Explanation {
    return explainPlan(plan(document, operationName, variables, caller), engine.verdictsFor(caller).held)
  }

  function accessTable(roles: Readonly<Record<string, readonly string[]>>): readonly AccessRow[] {
    return createAccessTable(
      requireProtected().table,
      new Map(Object.entries(roles)),
      (requirement, granted) =>
        verdictOf(engine.verdictsFor({ id: 'role', scopes: granted }), rules.intern(requirement)),
    )
  }

  /** What a person should look at, though it does not stop the start. */
  function warnings(): readonly Warning[] {
    const { schema, table } = requireProtected()
    const told = engine.options.introspection === 'filtered' ? toldNames(table) : []
    return [...openFilters(schema, table), ...idleMarks(schema, table), ...told]
  }

  return {
    typeDefs: directiveTypeDefs,
    protect,
    check,
    plan,
    refuse,
    planRequest,
    schemaFor,
    validate,
    verdict,
    rowsOf,
    explain,
    warnings,
    accessTable,
    /** The permission lock of the protected schema, to commit and to compare. */
    lock: (): Lock => createLock(requireProtected().schema, requireProtected().table, registry.implied),
    /** Test cases: every guarded coordinate, through every door, with each scope set that is just enough or just short. */
    matrix(matrixOptions?: MatrixOptions): readonly MatrixCase[] {
      const { schema, table } = requireProtected()
      return createMatrix(schema, table, registry.expand, matrixOptions)
    },
    introspection: engine.options.introspection,
    callerOf: engine.credentialOf,
    /** For an executor that asks once what guards are asked for each item: `fieldgate/execution` is one. */
    gates: createGates(engine, rules, register),
    /** The resolver that a guard guards; undefined where none was written. */
    originalOf: register.originalOf,
  }
}

export type Authorization<Context = unknown> = ReturnType<typeof createAuthorization<Context>>
