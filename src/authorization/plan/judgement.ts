import type { BadCredential } from '../caller.js'
import { providedInputs, type VariableSource } from './inputs.js'
import type { Introspection, Mode } from './plan.js'
import type { PlanField } from './plan-template.js'
import type { Rule } from '../requirement.js'
import type { FieldEntry, Table } from '../table.js'
import { type Verdict, type Verdicts, verdictOf } from '../verdict.js'

export type Circumstances = {
  readonly table: Table
  readonly verdicts: Verdicts
  readonly badCredential: BadCredential | null
  readonly mode: Mode
  readonly introspection: Introspection
  readonly variables: VariableSource
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
export function judge(circumstances: Circumstances, field: PlanField, entry: FieldEntry): Finding {
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

/** Whether a field that reads the schema itself is open to this caller. */
export function judgeIntrospection({ introspection, verdicts }: Circumstances, coordinate: string): Finding {
  const open =
    introspection === 'full' ||
    (introspection === 'authenticated' && verdicts.kind === 'caller') ||
    (introspection === 'filtered' && verdicts.kind !== 'bad')
  return { verdict: open ? 'allow' : 'deny', coordinate, rule: null }
}
