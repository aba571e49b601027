import { OperationTypeNode } from 'graphql'
import type { BadCredential } from '../caller.js'
import { defaultOf, type VariableSource } from './inputs.js'
import { type Circumstances, judge, judgeIntrospection } from './judgement.js'
import type { PlanField, PlanNode, PlanTemplate } from './plan-template.js'
import type { Rule } from '../requirement.js'
import type { Verdict, Verdicts } from '../verdict.js'

/** `partial` nulls what is refused, `reject` refuses the operation for it, `observe` refuses nothing and only reports. */
export type Mode = 'partial' | 'reject' | 'observe'

/** Who may read the schema through GraphQL: everybody, nobody, callers, or each what it may use. */
export type Introspection = 'full' | 'off' | 'authenticated' | 'filtered'

export type Refusal = {
  /** Schema coordinate of what is refused: `User.email`, `Query.users(first:)`, `Patch.role`, `Role.ADMIN`. */
  readonly coordinate: string
  /** Response keys from the root, without list positions. */
  readonly path: readonly string[]
  readonly code: 'UNAUTHENTICATED' | 'FORBIDDEN'
  /** The scope sets of which one would do, or would have the policies asked beside it. None: scopes are not what is missing. */
  readonly required: readonly (readonly string[])[]
}

export type Plan = {
  /** `deny`: something is refused before it starts. `ask`: policies or run-time types decide the rest. */
  readonly verdict: Verdict
  /** 200: the operation runs. Otherwise it is refused whole, with this HTTP status. */
  readonly status: 200 | 400 | 401 | 403
  readonly refusals: readonly Refusal[]
  /** Whether the operation reads the schema itself, through `__schema` or `__type`. */
  readonly introspects: 'yes' | 'no'
  /** The verdict of each field that may run, level by level; what a fragment selects, once for each type. */
  readonly decisions: readonly Decision[]
}

export type Decision = {
  readonly coordinate: string
  readonly at: Path
  readonly verdict: Verdict
  readonly rule: Rule | null
}

/** A place in the response, from the leaf to the root. */
export type Path = { readonly key: string; readonly parent: Path | null }

export function keysOf(path: Path): readonly string[] {
  const keys: string[] = []
  for (let at: Path | null = path; at; at = at.parent) keys.push(at.key)
  return keys.toReversed()
}

function valueOfSwitch(source: VariableSource, name: string): unknown {
  if (Object.hasOwn(source.values, name)) return source.values[name]
  const fallback = defaultOf(source, name)
  return fallback && 'value' in fallback ? fallback.value : undefined
}

/** Whether the conditions leave room for the selection to run. */
function mayRun(when: PlanField['when'], variables: VariableSource): boolean {
  return when.every(({ variable, runsWhen }) => valueOfSwitch(variables, variable) !== !runsWhen)
}

/** What was met on the way through an operation. */
type Findings = {
  readonly decisions: Decision[]
  readonly refusals: Refusal[]
  /** Fields that read the schema itself. */
  readonly readings: PlanField[]
  roots: number
  refusedRoots: number
  schema: 'open' | 'closed'
}

/** Level by level, in the order of the document; a fragment once for each type, at the first place that spreads it. */
function lookThrough(template: PlanTemplate, circumstances: Circumstances): Findings {
  const { verdicts, variables } = circumstances
  const findings: Findings = {
    decisions: [],
    refusals: [],
    readings: [],
    roots: 0,
    refusedRoots: 0,
    schema: 'open',
  }
  const visited = new Set<PlanNode>()
  const levels: { readonly node: PlanNode; readonly path: Path | null }[] = [
    { node: template.root, path: null },
  ]

  function visitField(field: PlanField, parent: Path | null) {
    const path: Path = { key: field.key, parent }
    const finding = field.entry
      ? judge(circumstances, field, field.entry)
      : judgeIntrospection(circumstances, `Query.${field.name}`)
    // RFC 6750 3.1: a bad credential is refused as such; what only run time could decide is refused with it.
    const verdict = verdicts.kind === 'bad' && finding.verdict === 'ask' ? 'deny' : finding.verdict
    const { coordinate, rule } = finding
    findings.decisions.push({ coordinate, at: path, verdict, rule })
    if (!parent) findings.roots++
    if (!field.entry) findings.readings.push(field)
    if (verdict !== 'deny') {
      if (field.child) levels.push({ node: field.child, path })
      return
    }
    const code = verdicts.kind === 'caller' ? 'FORBIDDEN' : 'UNAUTHENTICATED'
    findings.refusals.push({ coordinate, path: keysOf(path), code, required: rule?.required ?? [] })
    if (!parent) findings.refusedRoots++
    if (!field.entry) findings.schema = 'closed'
  }

  /** A node and what is spread into it, at one path. */
  function visit(first: PlanNode, path: Path | null) {
    const nodes = [first]
    for (const node of nodes) {
      if (visited.has(node)) continue
      visited.add(node)
      for (const field of node.fields) if (mayRun(field.when, variables)) visitField(field, path)
      for (const spread of node.spreads) if (mayRun(spread.when, variables)) nodes.push(spread.node)
    }
  }

  for (const { node, path } of levels) visit(node, path)
  return findings
}

/** The schema as one caller sees it is another schema: whoever asks for it asks for nothing else. */
function separateReadings(findings: Findings): void {
  const { readings, decisions, refusals } = findings
  if (readings.length === 0 || readings.length === decisions.length) return
  findings.schema = 'closed'
  for (const { name, key } of readings) {
    refusals.push({ coordinate: `Query.${name}`, path: [key], code: 'FORBIDDEN', required: [] })
  }
}

/** Decides an operation before any resolver runs, from compiled rules and the scopes of the caller alone. */
export function evaluatePlan(template: PlanTemplate, circumstances: Circumstances): Plan {
  const { verdicts, mode, badCredential, introspection } = circumstances
  const findings = lookThrough(template, circumstances)
  if (introspection === 'filtered') separateReadings(findings)
  const { decisions, refusals, readings, roots, refusedRoots, schema } = findings
  const asks = decisions.some(({ verdict }) => verdict === 'ask')
  const isWhole =
    refusedRoots === roots ||
    badCredential !== null ||
    mode === 'reject' ||
    template.kind !== OperationTypeNode.QUERY
  // The fields of introspection cannot carry a guard, so a closed one always ends the operation.
  const isRefused = schema === 'closed' || (mode !== 'observe' && refusals.length > 0 && isWhole)
  return {
    verdict: refusals.length > 0 ? 'deny' : asks ? 'ask' : 'allow',
    status: isRefused ? refusalStatus(verdicts, badCredential) : 200,
    refusals,
    introspects: readings.length > 0 ? 'yes' : 'no',
    decisions,
  }
}

/** RFC 6750 3.1 */
function refusalStatus({ kind }: Verdicts, badCredential: BadCredential | null): Plan['status'] {
  if (badCredential?.error === 'invalid_request') return 400
  return kind === 'caller' ? 403 : 401
}
