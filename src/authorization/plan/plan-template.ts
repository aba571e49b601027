import {
  type ArgumentNode,
  type ASTNode,
  type DirectiveNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type OperationTypeNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'
import { ruledArguments } from './inputs.js'
import type { Rule } from '../requirement.js'
import { type FieldEntry, fieldOf, type Table, type TypeEntry } from '../table.js'

/** `@include(if: $variable)` with `runsWhen: true`, `@skip(if: $variable)` with `runsWhen: false`. */
export type Condition = { readonly variable: string; readonly runsWhen: boolean }

/** Rules of which one will apply; null is a thing without a rule. */
type RuleGroup = readonly (Rule | null)[]

export type PlanField = {
  /** The response key. */
  readonly key: string
  readonly name: string
  readonly entry: FieldEntry | null
  readonly when: readonly Condition[]
  /** What run time chooses from: the field on each type that can turn up, the types that its value can have. */
  readonly groups: readonly RuleGroup[]
  /** Arguments that could meet a rule, here or on a type that can turn up. */
  readonly args: readonly ArgumentNode[]
  /** The field on each type that can turn up, where such arguments are given: an implementer may guard one by itself. */
  readonly turns: readonly FieldEntry[]
  readonly child: PlanNode | null
}

/** One selection set on one type. A fragment spread in many places is one node, so a plan is linear in its document. */
export type PlanNode = {
  readonly fields: PlanField[]
  readonly spreads: { readonly when: readonly Condition[]; readonly node: PlanNode }[]
}

export type PlanTemplate = {
  readonly operation: OperationDefinitionNode
  readonly kind: OperationTypeNode
  readonly root: PlanNode
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>
  /** Variables of @skip and @include. */
  readonly switches: readonly string[]
  /** Whether a guarded input is given by a variable. */
  readonly readsVariables: 'always' | 'never'
}

export type RootTypes = Readonly<Record<OperationTypeNode, string | null>>

type Selected = { readonly runs: 'maybe' | 'never'; readonly when: readonly Condition[] }

const switchNames = ['skip', 'include'] as const

/**
 * The conditions under which a selection runs; anything but a clear "no" may run. Where an unvalidated document repeats
 * itself, execution reads the first directive of a name, and the last argument.
 */
function conditionsOf(directives: readonly DirectiveNode[] | undefined): Selected {
  const when: Condition[] = []
  for (const switchName of switchNames) {
    const runsWhen = switchName === 'include'
    const directive = directives?.find(({ name }) => name.value === switchName)
    const value = directive?.arguments?.findLast(({ name }) => name.value === 'if')?.value
    if (value?.kind === Kind.BOOLEAN && value.value !== runsWhen) return { runs: 'never', when: [] }
    if (value?.kind === Kind.VARIABLE) when.push({ variable: value.name.value, runsWhen })
  }
  return { runs: 'maybe', when }
}

function holdsVariable(node: ASTNode): boolean {
  if (node.kind === Kind.VARIABLE) return true
  if (node.kind === Kind.ARGUMENT || node.kind === Kind.OBJECT_FIELD) return holdsVariable(node.value)
  if (node.kind === Kind.LIST) return node.values.some(holdsVariable)
  return node.kind === Kind.OBJECT && node.fields.some(holdsVariable)
}

const unique = <T>(values: readonly T[]): readonly T[] => [...new Set(values)]

/** Reads an operation once: what it asks, on which types, under which conditions. Holds for every caller. */
export function createPlanTemplate(
  table: Table,
  roots: RootTypes,
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): PlanTemplate {
  const nodes = new Map<SelectionSetNode, Map<string, PlanNode>>()
  const pending: (() => void)[] = []
  const switches = new Set<string>()
  let readsVariables: PlanTemplate['readsVariables'] = 'never'

  function nodeFor(selectionSet: SelectionSetNode, type: string): PlanNode {
    const byType = nodes.get(selectionSet) ?? new Map<string, PlanNode>()
    nodes.set(selectionSet, byType)
    const known = byType.get(type)
    if (known) return known
    const node: PlanNode = { fields: [], spreads: [] }
    byType.set(type, node)
    pending.push(() => {
      for (const selection of selectionSet.selections) addSelection(node, type, selection)
    })
    return node
  }

  function addSelection(node: PlanNode, type: string, selection: SelectionNode) {
    const { runs, when } = conditionsOf(selection.directives)
    if (runs === 'never') return
    for (const { variable } of when) switches.add(variable)
    if (selection.kind === Kind.FIELD) return addField(node, type, selection, when)
    const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection
    if (!fragment) return
    const narrowed = narrow(type, fragment.typeCondition?.name.value ?? type)
    if (narrowed !== null) node.spreads.push({ when, node: nodeFor(fragment.selectionSet, narrowed) })
  }

  /**
   * The type that a fragment on `condition` sees inside `type`; null when it can never apply. An object stays what it is.
   * Inside an abstract type the fragment's own type has the fields: the other one, a union above all, may lack them.
   */
  function narrow(type: string, condition: string): string | null {
    const here = table.types.get(type)
    const wanted = table.types.get(condition)
    if (!here || !wanted) return null
    if (!here.possible.some((name) => wanted.possible.includes(name))) return null
    return here.kind === 'object' ? type : condition
  }

  function turnsOf(parent: TypeEntry | undefined, name: string): readonly FieldEntry[] {
    if (parent?.kind !== 'interface') return []
    return parent.possible.flatMap((type) => fieldOf(table, type, name) ?? [])
  }

  const fieldGroup = (turns: readonly FieldEntry[]): readonly RuleGroup[] =>
    turns.length > 0 ? [unique(turns.map(({ rule }) => rule))] : []

  /** What the doors of the field have not settled: run-time types, and rules that look at the value. */
  function valueGroups(returned: TypeEntry | undefined): readonly RuleGroup[] {
    if (!returned) return []
    const own = returned.rule === returned.door ? [] : [[returned.rule]]
    if (returned.kind === 'object') return own
    return [unique(returned.possible.map((name) => table.types.get(name)?.rule ?? null)), ...own]
  }

  function addField(node: PlanNode, type: string, field: FieldNode, when: readonly Condition[]) {
    const name = field.name.value
    const parent = table.types.get(type)
    const entry = parent?.fields.get(name) ?? null
    const introspection = name === '__schema' || name === '__type'
    if (!entry && !introspection) return
    const turns = turnsOf(parent, name)
    const args = unique(
      (entry ? [entry, ...turns] : []).flatMap((each) => ruledArguments(table, each, field.arguments)),
    )
    if (args.some(holdsVariable)) readsVariables = 'always'
    const descends = entry && field.selectionSet && table.types.has(entry.returns)
    node.fields.push({
      key: field.alias?.value ?? name,
      name,
      entry,
      when,
      groups: [...fieldGroup(turns), ...valueGroups(entry ? table.types.get(entry.returns) : undefined)],
      args,
      turns: args.length > 0 ? turns : [],
      child: descends && field.selectionSet ? nodeFor(field.selectionSet, entry.returns) : null,
    })
  }

  const root = nodeFor(operation.selectionSet, roots[operation.operation] ?? '')
  for (let fill = pending.pop(); fill; fill = pending.pop()) fill()
  return {
    operation,
    kind: operation.operation,
    root,
    fragments,
    switches: [...switches],
    readsVariables,
  }
}
