import {
  type ArgumentNode,
  Kind,
  type ObjectValueNode,
  type ValueNode,
  type VariableDefinitionNode,
} from 'graphql'
import type { Rule } from '../requirement.js'
import type { FieldEntry, InputEntry, InputTypeEntry, Table } from '../table.js'

/**
 * What the client sent as variables. `raw` is the request itself, where an absent field is absent; in `coerced`, what
 * graphql-js made of it, an SDL default looks as if it had been provided, and counts as provided: the safe reading.
 */
export type VariableSource = {
  readonly form: 'raw' | 'coerced'
  readonly values: Readonly<Record<string, unknown>>
  readonly definitions: readonly VariableDefinitionNode[]
}

type ProvidedInput = { readonly coordinate: string; readonly rule: Rule }

const has = (values: Readonly<Record<string, unknown>>, name: string) => Object.hasOwn(values, name)

const isIterable = (value: object): value is Iterable<unknown> =>
  Symbol.iterator in value && typeof value[Symbol.iterator] === 'function'

/** The default of a variable; where an unvalidated document defines it twice, execution takes the last. */
export const defaultOf = ({ definitions }: VariableSource, name: string) =>
  definitions.findLast(({ variable, defaultValue }) => defaultValue && variable.name.value === name)
    ?.defaultValue

/** Whether a value of this argument could meet a rule. */
const matters = (ruled: Table['ruled'], { rule, type }: InputEntry) => rule !== null || ruled.has(type)

/** The arguments of a field that could meet a rule, as written in the document. */
export function ruledArguments(
  { ruled }: Table,
  field: FieldEntry,
  args: readonly ArgumentNode[] | undefined,
): readonly ArgumentNode[] {
  return (args ?? []).filter(({ name }) => {
    const entry = field.args.get(name.value)
    return entry !== undefined && matters(ruled, entry)
  })
}

export function hasRuledArgument({ ruled }: Table, field: FieldEntry): boolean {
  return [...field.args.values()].some((entry) => matters(ruled, entry))
}

/** Every rule that the provided arguments meet: literals, variables, variable defaults, lists, explicit nulls. */
export function providedInputs(
  { ruled }: Table,
  field: FieldEntry,
  args: readonly ArgumentNode[],
  source: VariableSource,
): readonly ProvidedInput[] {
  const provided = new Map<string, ProvidedInput>()

  function meet(coordinate: string, rule: Rule | null) {
    if (rule) provided.set(`${coordinate} ${rule.id}`, { coordinate, rule })
  }

  function enter(type: InputTypeEntry): 'ruled' | 'open' {
    if (!ruled.has(type)) return 'open'
    meet(type.name, type.rule)
    return 'ruled'
  }

  function visitEntry(entry: InputEntry, node: ValueNode) {
    if (node.kind === Kind.VARIABLE && !isProvided(node.name.value)) return
    meet(entry.coordinate, entry.rule)
    visitNode(entry.type, node)
  }

  function isProvided(name: string) {
    return has(source.values, name) || defaultOf(source, name) !== undefined
  }

  function visitVariable(type: InputTypeEntry, name: string) {
    if (has(source.values, name)) return visitValue(type, source.values[name])
    const fallback = defaultOf(source, name)
    if (fallback) visitNode(type, fallback)
  }

  function visitObject(type: InputTypeEntry, node: ObjectValueNode) {
    for (const { name, value } of node.fields) {
      const entry = type.fields.get(name.value)
      if (entry) visitEntry(entry, value)
    }
  }

  function visitNode(type: InputTypeEntry, node: ValueNode): void {
    if (enter(type) === 'open') return
    if (node.kind === Kind.VARIABLE) visitVariable(type, node.name.value)
    if (node.kind === Kind.LIST) for (const item of node.values) visitNode(type, item)
    if (node.kind === Kind.OBJECT) visitObject(type, node)
    if (node.kind === Kind.ENUM) visitName(type, node.value)
  }

  function visitName(type: InputTypeEntry, name: string) {
    const value = type.values.get(name)
    if (value) meet(value.coordinate, value.rule)
  }

  type Pending = { readonly type: InputTypeEntry; readonly value: unknown }

  /** Reads a value as graphql-js coerces it: any iterable is a list, and fields are read by name, inherited ones too. */
  function partsOf({ type, value }: Pending): readonly Pending[] {
    if (enter(type) === 'open') return []
    if (source.form === 'raw' && typeof value === 'string') visitName(type, value)
    if (source.form === 'coerced') {
      for (const { coordinate, rule } of type.internal.get(value) ?? []) meet(coordinate, rule)
    }
    if (typeof value !== 'object' || value === null || type.kind === 'scalar') return []
    if (isIterable(value)) return Array.from(value, (item) => ({ type, value: item }))
    return [...type.fields].flatMap(([name, entry]) => {
      const given: unknown = Reflect.get(value, name)
      if (given === undefined) return []
      meet(entry.coordinate, entry.rule)
      return [{ type: entry.type, value: given }]
    })
  }

  /** Without recursion: a client decides how deep this is. */
  function visitValue(type: InputTypeEntry, value: unknown): void {
    const pending: Pending[] = [{ type, value }]
    for (let next = pending.pop(); next; next = pending.pop()) {
      for (const part of partsOf(next).toReversed()) pending.push(part)
    }
  }

  for (const { name, value } of args) {
    const entry = field.args.get(name.value)
    if (entry) visitEntry(entry, value)
  }
  return [...provided.values()]
}
