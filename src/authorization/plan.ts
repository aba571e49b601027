import { OperationTypeNode } from 'graphql'
import type { BadCredential } from './caller.js'
import { defaultOf, providedInputs, type VariableSource } from './inputs.js'
import type { PlanField, PlanNode, PlanTemplate } from './plan-template.js'
import type { Rule } from './requirement.js'
import type { FieldEntry, Table } from './table.js'
import { type Verdict, type Verdicts, verdictOf } from './verdict.js'

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
  /** The scope sets of which one would do. */
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
  /** The verdict of each field, in the order in which they were looked at. */
  readonly decisions: readonly Decision[]
}

export type Decision = {
  readonly coordinate: string
  readonly at: Path
  readonly verdict: Verdict
  readonly rule: Rule | null
}

export type Circumstances = {
  readonly table: Table
  readonly verdicts: Verdicts
  readonly badCredential: BadCredential | null
  readonly mode: Mode
  readonly introspection: Introspection
  readonly variables: VariableSource
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

/** The verdict on a thing that will turn out to be one of several: settled only where all agree. */
function verdictAmong(verdicts: Verdicts, rules: readonly (Rule | null)[]): Verdict {
  const found = new Set(rules.map((rule) => (rule ? verdictOf(verdicts, rule) : 'allow')))
  const [first = 'allow'] = found
  return found.size > 1 ? 'ask' : first
}

type Finding = { readonly verdict: Verdict; readonly coordinate: string; readonly rule: Rule | null }

const severity: Readonly<Record<Verdict, number>> = { deny: 2, ask: 1, allow: 0 }

/** Of two that are equally bad, the first. */
const worse = (a: Finding, b: Finding): Finding => (severity[b.verdict] > severity[a.verdict] ? b : a)

/** What the provided arguments meet, on the type itself and on those of which one will turn up. */
function judgeInputs(
  { table, verdicts, variables }: Circumstances,
  { args, turns }: PlanField,
  entry: FieldEntry,
): readonly Finding[] {
  if (args.length === 0) return []
  const met = (on: FieldEntry): readonly Finding[] =>
    providedInputs(table, on, args, variables).map((input) => ({
      ...input,
      verdict: verdictOf(verdicts, input.rule),
    }))
  const open: Finding = { verdict: 'allow', coordinate: entry.coordinate, rule: null }
  const turned = turns.map((turn) => met(turn).reduce(worse, open))
  const agreed = new Set(turned.map(({ verdict }) => verdict)).size === 1
  return [...met(entry), ...(agreed ? turned : turned.map((each): Finding => ({ ...each, verdict: 'ask' })))]
}

/** The worst of what holds for a field: its rule, the types behind it, the inputs it is given. */
function judge(circumstances: Circumstances, field: PlanField, entry: FieldEntry): Finding {
  const { verdicts } = circumstances
  const { coordinate, rule: ownRule } = entry
  const own: Finding = {
    verdict: ownRule ? verdictOf(verdicts, ownRule) : 'allow',
    coordinate,
    rule: ownRule,
  }
  const findings: Finding[] = [
    ...field.groups.map((rules) => ({
      verdict: verdictAmong(verdicts, rules),
      coordinate,
      rule: rules.find((rule) => rule !== null) ?? null,
    })),
    ...judgeInputs(circumstances, field, entry),
  ]
  return findings.reduce(worse, own)
}

function judgeIntrospection({ introspection, verdicts }: Circumstances, coordinate: string): Finding {
  const open =
    introspection === 'full' ||
    (introspection === 'authenticated' && verdicts.kind === 'caller') ||
    (introspection === 'filtered' && verdicts.kind !== 'bad')
  return { verdict: open ? 'allow' : 'deny', coordinate, rule: null }
}

/** Decides an operation before any resolver runs, from compiled rules and the scopes of the caller alone. */
export function evaluatePlan(template: PlanTemplate, circumstances: Circumstances): Plan {
  const { verdicts, variables, mode, badCredential } = circumstances
  const visited = new Set<PlanNode>()
  const decisions: Decision[] = []
  const refusals: Refusal[] = []
  const roots = new Set<PlanField>()
  const refusedRoots = new Set<PlanField>()
  const readings = new Set<PlanField>()
  let schemaClosed = false
  const later: { readonly node: PlanNode; readonly path: Path | null }[] = [
    { node: template.root, path: null },
  ]

  function visitField(field: PlanField, parent: Path | null) {
    const path: Path = { key: field.key, parent }
    if (!parent) roots.add(field)
    const finding = field.entry
      ? judge(circumstances, field, field.entry)
      : judgeIntrospection(circumstances, `Query.${field.name}`)
    // RFC 6750 3.1: a bad credential is refused as such; what only run time could decide is refused with it.
    const verdict = verdicts.kind === 'bad' && finding.verdict === 'ask' ? 'deny' : finding.verdict
    const { coordinate, rule } = finding
    if (!field.entry) readings.add(field)
    decisions.push({ coordinate, at: path, verdict, rule })
    if (verdict === 'deny') {
      refusals.push({
        coordinate,
        path: keysOf(path),
        code: verdicts.kind === 'caller' ? 'FORBIDDEN' : 'UNAUTHENTICATED',
        required: rule?.required ?? [],
      })
      if (!parent) refusedRoots.add(field)
      if (!field.entry) schemaClosed = true
    } else if (field.child) later.push({ node: field.child, path })
  }

  /** A node and what is spread into it, at one path. */
  function visit(first: PlanNode, path: Path | null) {
    const pending = [first]
    for (let node = pending.pop(); node; node = pending.pop()) {
      if (visited.has(node)) continue
      visited.add(node)
      for (const field of node.fields) if (mayRun(field.when, variables)) visitField(field, path)
      for (const spread of node.spreads) if (mayRun(spread.when, variables)) pending.push(spread.node)
    }
  }

  for (let next = later.pop(); next; next = later.pop()) visit(next.node, next.path)

  // The schema as one caller sees it is another schema: whoever asks for it asks for nothing else.
  const mixed = readings.size > 0 && readings.size < decisions.length
  if (mixed && circumstances.introspection === 'filtered') {
    schemaClosed = true
    for (const { name, key } of readings) {
      refusals.push({ coordinate: `Query.${name}`, path: [key], code: 'FORBIDDEN', required: [] })
    }
  }

  const asks = decisions.some(({ verdict }) => verdict === 'ask')
  const verdict = refusals.length > 0 ? 'deny' : asks ? 'ask' : 'allow'
  const everyRoot = refusedRoots.size === roots.size
  const whole =
    everyRoot || badCredential !== null || mode === 'reject' || template.kind !== OperationTypeNode.QUERY
  // The fields of introspection cannot carry a guard, so a closed one always ends the operation.
  const refused = schemaClosed || (mode !== 'observe' && refusals.length > 0 && whole)
  return {
    verdict,
    status: refused ? refusalStatus(verdicts, badCredential) : 200,
    refusals,
    introspects: readings.size > 0 ? 'yes' : 'no',
    decisions,
  }
}

/** RFC 6750 3.1 */
function refusalStatus({ kind }: Verdicts, badCredential: BadCredential | null): Plan['status'] {
  if (badCredential?.error === 'invalid_request') return 400
  return kind === 'caller' ? 403 : 401
}
