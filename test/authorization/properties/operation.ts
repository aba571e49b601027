import { isLeaf, possibleOf, type SchemaModel, scopeNames, typeNamed } from './model.js'
import type { Tape } from './tape.js'

/** A value that a client writes; a variable is given, left to its default, or missing. */
export type Input =
  | { readonly kind: 'null' }
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'enum'; readonly value: 'X' | 'Y' }
  | { readonly kind: 'object'; readonly fields: Readonly<Record<string, Input>> }
  | { readonly kind: 'list'; readonly items: readonly Input[] }
  | {
      readonly kind: 'variable'
      readonly name: string
      readonly type: string
      readonly comes: 'given' | 'by default' | 'not at all'
      readonly value: Input
    }

export type Condition = {
  readonly directive: 'include' | 'skip'
  readonly value: boolean
  readonly comes: 'literally' | 'given' | 'by default'
  readonly variable: string
}

export type Selection =
  | {
      readonly kind: 'field'
      readonly name: string
      readonly key: string
      readonly args: Readonly<Record<string, Input>>
      readonly when: Condition | null
      readonly selections: readonly Selection[]
    }
  | {
      readonly kind: 'fragment'
      /** Named fragments are spread wherever they fit. */
      readonly name: string | null
      readonly on: string
      readonly when: Condition | null
      readonly selections: readonly Selection[]
    }

export type Question = {
  readonly kind: 'query' | 'mutation'
  readonly selections: readonly Selection[]
  /** Scopes of the caller; null: nobody. */
  readonly scopes: readonly string[] | null
}

/** Fragments may be spread on `on` where some type is possible in both. */
const overlaps = (schema: SchemaModel, a: string, b: string) =>
  possibleOf(schema, a).some((name) => possibleOf(schema, b).includes(name))

export function drawQuestion(schema: SchemaModel, tape: Tape): Question {
  let names = 0
  const fresh = (prefix: string) => `${prefix}${(names += 1)}`

  function drawInput(type: string, depth: number): Input {
    const wrap = (value: Input): Input => {
      const comes = tape.pick(['', '', 'given', 'by default', 'not at all'] as const)
      return comes === '' ? value : { kind: 'variable', name: fresh('v'), type, comes, value }
    }
    return wrap(drawLiteral(type, depth))
  }

  function drawLiteral(type: string, depth: number): Input {
    if (tape.rarely(5) === 'yes') return { kind: 'null' }
    if (type === 'Int') return { kind: 'int', value: tape.below(10) }
    if (type === 'E') return { kind: 'enum', value: tape.pick(['X', 'Y']) }
    if (type === '[In!]') {
      return { kind: 'list', items: Array.from({ length: tape.below(3) }, () => drawObject(depth)) }
    }
    return drawObject(depth)
  }

  function drawObject(depth: number): Input {
    const fields: Record<string, Input> = {}
    for (const [name, type] of [
      ['v', 'Int'],
      ['e', 'E'],
      ['w', 'In'],
      ['l', '[In!]'],
    ] as const) {
      if (tape.rarely(3) === 'no' || (depth > 2 && type !== 'Int')) continue
      // Variables inside constants are not allowed; what is below one is a literal.
      fields[name] = drawLiteral(type, depth + 1)
    }
    return { kind: 'object', fields }
  }

  function drawCondition(): Condition | null {
    if (tape.rarely(5) === 'no') return null
    return {
      directive: tape.pick(['include', 'skip']),
      value: tape.rarely(2) === 'yes',
      comes: tape.pick(['literally', 'given', 'by default']),
      variable: fresh('c'),
    }
  }

  function drawArguments(): Record<string, Input> {
    const args: Record<string, Input> = {}
    for (const [name, type] of [
      ['x', 'Int'],
      ['p', 'In'],
      ['e', 'E'],
    ] as const) {
      if (tape.rarely(4) === 'yes') args[name] = drawInput(type, 0)
    }
    return args
  }

  const composites = ['A', 'B', 'C', 'I', 'J', 'U'] as const
  const fragments: { name: string; on: string; selections: readonly Selection[] }[] = []
  for (const name of ['F', 'G']) {
    const on = tape.pick(composites)
    // Each may spread those before it.
    fragments.push({ name, on, selections: drawSelections(on, 2) })
  }

  function drawSelection(type: string, depth: number): Selection {
    const when = drawCondition()
    const fields = typeNamed(schema, type)?.fields ?? []
    const choice = tape.below(6)
    if (choice === 5) {
      const on = tape.pick(composites)
      if (overlaps(schema, type, on)) {
        return { kind: 'fragment', name: null, on, when, selections: drawSelections(on, depth + 1) }
      }
    }
    if (choice === 4) {
      const fragment = tape.pick([{ name: '', on: type, selections: [] }, ...fragments])
      if (fragment.name !== '' && overlaps(schema, type, fragment.on)) {
        return { kind: 'fragment', ...fragment, when }
      }
    }
    const [first, ...rest] = fields.filter((field) => isLeaf(field) || depth < 4)
    if (!first || choice === 3) {
      return { kind: 'field', name: '__typename', key: fresh('k'), args: {}, when, selections: [] }
    }
    const field = tape.pick([first, ...rest])
    return {
      kind: 'field',
      name: field.name,
      key: fresh('k'),
      args: isLeaf(field) ? drawArguments() : {},
      when,
      selections: isLeaf(field) ? [] : drawSelections(field.returns, depth + 1),
    }
  }

  function drawSelections(type: string, depth: number): readonly Selection[] {
    return Array.from({ length: 1 + tape.below(3) }, () => drawSelection(type, depth))
  }

  const kind = tape.pick<Question['kind']>(['query', 'query', 'query', 'mutation'])
  const scopes = tape.rarely(6) === 'yes' ? null : scopeNames.filter(() => tape.rarely(2) === 'yes')
  return { kind, selections: drawSelections(kind === 'query' ? 'Query' : 'Mutation', 0), scopes }
}

function printInput(input: Input): string {
  if (input.kind === 'null') return 'null'
  if (input.kind === 'variable') return `$${input.name}`
  if (input.kind === 'list') return `[${input.items.map(printInput).join(', ')}]`
  if (input.kind !== 'object') return String(input.value)
  return `{ ${Object.entries(input.fields)
    .map(([name, value]) => `${name}: ${printInput(value)}`)
    .join(', ')} }`
}

function jsonOf(input: Input): unknown {
  if (input.kind === 'null') return null
  if (input.kind === 'variable') return jsonOf(input.value)
  if (input.kind === 'list') return input.items.map(jsonOf)
  if (input.kind !== 'object') return input.value
  return Object.fromEntries(Object.entries(input.fields).map(([name, value]) => [name, jsonOf(value)]))
}

export type Asked = { readonly document: string; readonly variables: Readonly<Record<string, unknown>> }

/** The question as a document with its variables. */
export function printQuestion({ kind, selections }: Question): Asked {
  const definitions = new Map<string, string>()
  const variables: Record<string, unknown> = {}
  const fragments = new Map<string, string>()

  function noteInput(input: Input) {
    if (input.kind !== 'variable') return
    const { name, type, comes, value } = input
    definitions.set(name, `$${name}: ${type}${comes === 'by default' ? ` = ${printInput(value)}` : ''}`)
    if (comes === 'given') variables[name] = jsonOf(value)
  }

  function printWhen(when: Condition | null): string {
    if (!when) return ''
    const { directive, value, comes, variable } = when
    if (comes === 'literally') return ` @${directive}(if: ${value})`
    definitions.set(
      variable,
      comes === 'given' ? `$${variable}: Boolean!` : `$${variable}: Boolean! = ${value}`,
    )
    if (comes === 'given') variables[variable] = value
    return ` @${directive}(if: $${variable})`
  }

  function printSelection(selection: Selection): string {
    const when = printWhen(selection.when)
    const inner = () => (selection.selections.length > 0 ? ` { ${printAll(selection.selections)} }` : '')
    if (selection.kind === 'fragment') {
      if (selection.name === null) return `... on ${selection.on}${when}${inner()}`
      if (!fragments.has(selection.name)) {
        fragments.set(selection.name, '')
        fragments.set(selection.name, `fragment ${selection.name} on ${selection.on}${inner()}`)
      }
      return `...${selection.name}${when}`
    }
    const args = Object.entries(selection.args)
    for (const [, value] of args) noteInput(value)
    const given =
      args.length > 0 ? `(${args.map(([name, value]) => `${name}: ${printInput(value)}`).join(', ')})` : ''
    return `${selection.key}: ${selection.name}${given}${when}${inner()}`
  }

  const printAll = (all: readonly Selection[]) => all.map(printSelection).join(' ')
  const body = printAll(selections)
  const declared = definitions.size > 0 ? `(${[...definitions.values()].join(', ')})` : ''
  return { document: [`${kind}${declared} { ${body} }`, ...fragments.values()].join('\n'), variables }
}

type Rewriting = (selections: readonly Selection[], on: string) => readonly Selection[]

const reversed: Rewriting = (selections) =>
  selections
    .map((selection) => ({ ...selection, selections: reversed(selection.selections, '') }))
    .toReversed()

const inFragments: Rewriting = (selections, on) =>
  selections.map((selection) => ({ kind: 'fragment', name: null, on, when: null, selections: [selection] }))

const inOneFragmentTwice: Rewriting = (selections, on) => [
  { kind: 'fragment', name: 'Twice', on, when: null, selections },
  { kind: 'fragment', name: 'Twice', on, when: null, selections },
]

const underOtherAliases: Rewriting = (all) =>
  all.map((selection): Selection => {
    const selections = underOtherAliases(selection.selections, '')
    if (selection.kind === 'field') return { ...selection, key: `${selection.key}x`, selections }
    return { ...selection, name: selection.name === null ? null : `${selection.name}x`, selections }
  })

/** The same selections, written in another way; `on` is the type that they are made on. */
export const rewritings: readonly Rewriting[] = [reversed, inFragments, inOneFragmentTwice, underOtherAliases]
