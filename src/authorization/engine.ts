import { type BadCredential, badCredentialOf, type Credential } from './caller.js'
import { createExecutions } from './run/execution.js'
import type { VariableSource } from './plan/inputs.js'
import { evaluatePlan, type Introspection, type Mode, type Plan } from './plan/plan.js'
import type { PlanTemplate, RootTypes } from './plan/plan-template.js'
import type { Policy } from './policies.js'
import type { Failure } from './run/policy-call.js'
import { createPolicyRunner } from './run/policy-runner.js'
import type { RefusalOptions } from './refusal.js'
import type { ScopeRegistry } from './scopes.js'
import type { Table } from './table.js'
import { createVerdictSource, type Verdict, type Verdicts } from './verdict.js'

/** One decision, for metrics and for watching a roll-out in `observe`. */
export type DecisionEvent = {
  readonly coordinate: string
  readonly verdict: Verdict
  readonly phase: 'plan' | 'guard' | 'policy'
}

/** The compiled schema that plans and guards read. */
export type Compiled = { readonly table: Table; readonly roots: RootTypes }

type EngineOptions<Context> = RefusalOptions & {
  readonly registry: ScopeRegistry
  readonly policies: ReadonlyMap<string, Policy<Context>>
  readonly callerOf: (context: Context) => Credential
  readonly mode: Mode
  readonly modeOf: ((context: Context) => 'partial' | 'reject' | null | undefined) | null
  readonly introspection: Introspection
  readonly policyTimeoutMs: number
  readonly onDecision: ((event: DecisionEvent) => void) | null
  readonly onFailure: ((failure: Failure) => void) | null
}

type Memo = Map<string, Plan>

/** Plans kept for one operation and one set of scopes: one for each setting of its @skip and @include. */
const maxMemo = 64

/** All that a plan depends on beside the operation and the scopes. */
function memoKey(
  template: PlanTemplate,
  mode: Mode,
  badCredential: BadCredential | null,
  source: VariableSource,
) {
  // Most have neither, and a key that need not be put together is found the fastest.
  if (template.switches.length === 0 && !badCredential) return mode
  const settings = template.switches.map((name) => switchKey(source, name))
  return `${mode} ${badCredential?.error ?? ''} ${settings.join()}`
}

/** What plans and guards have in common: who is calling, in which mode, and what that allows. */
export function createEngine<Context>(options: EngineOptions<Context>) {
  const { callerOf, modeOf, onDecision } = options
  const verdictsFor = createVerdictSource(options.registry)
  const memos = new WeakMap<PlanTemplate, WeakMap<Verdicts, Memo>>()

  /** A hook of the host must not turn a refusal into its own error, whose text would reach the client. */
  function report(failure: Failure) {
    try {
      options.onFailure?.(failure)
    } catch {
      // Nobody is left to tell.
    }
  }

  function decided(event: DecisionEvent) {
    try {
      onDecision?.(event)
    } catch (cause) {
      report({ source: 'onDecision', name: event.coordinate, cause })
    }
  }

  /** Read at each check, so that a change of rights counts at once. Who cannot be told is nobody. */
  function credentialOf(context: Context): Credential {
    try {
      return callerOf(context)
    } catch (cause) {
      report({ source: 'callerOf', name: 'callerOf', cause })
      return null
    }
  }

  /** The mode of one request: what it asks for, unless the whole server only observes. */
  function modeFor(context: Context): Mode {
    if (options.mode === 'observe' || !modeOf) return options.mode
    try {
      const wanted = modeOf(context)
      return wanted === 'partial' || wanted === 'reject' ? wanted : options.mode
    } catch (cause) {
      report({ source: 'modeOf', name: 'modeOf', cause })
      return 'reject'
    }
  }

  function memoOf(template: PlanTemplate, verdicts: Verdicts): Memo {
    const known = memos.get(template)?.get(verdicts)
    if (known) return known
    const memo: Memo = new Map()
    const byVerdicts = memos.get(template) ?? new WeakMap<Verdicts, Memo>()
    memos.set(template, byVerdicts.set(verdicts, memo))
    return memo
  }

  function evaluate(
    { table }: Compiled,
    template: PlanTemplate,
    variables: VariableSource,
    credential: Credential,
    mode: Mode,
  ): Plan {
    const verdicts = verdictsFor(credential)
    const badCredential = badCredentialOf(credential)
    const { introspection } = options
    const circumstances = { table, verdicts, badCredential, mode, introspection, variables }
    if (template.readsVariables === 'always') return evaluatePlan(template, circumstances)
    const memo = memoOf(template, verdicts)
    const key = memoKey(template, mode, badCredential, variables)
    const known = memo.get(key)
    if (known) return known
    if (memo.size >= maxMemo) memo.clear()
    const made = evaluatePlan(template, circumstances)
    memo.set(key, made)
    return made
  }

  /** The plan of an operation for a credential. */
  function plan(
    compiled: Compiled,
    template: PlanTemplate,
    variables: VariableSource,
    credential: Credential,
    mode: Mode,
  ): Plan {
    const found = evaluate(compiled, template, variables, credential, mode)
    if (onDecision) {
      for (const { coordinate, verdict } of found.decisions) decided({ coordinate, verdict, phase: 'plan' })
    }
    return found
  }

  return {
    options,
    verdictsFor,
    credentialOf,
    modeFor,
    evaluate,
    plan,
    decided: onDecision ? decided : null,
    executions: createExecutions(),
    meets: createPolicyRunner({
      policies: options.policies,
      timeoutMs: options.policyTimeoutMs,
      onFailure: report,
    }),
  }
}

function switchKey({ values }: VariableSource, name: string): string {
  if (!Object.hasOwn(values, name)) return ''
  return typeof values[name] === 'boolean' ? String(values[name]) : 'other'
}

export type Engine<Context> = ReturnType<typeof createEngine<Context>>
