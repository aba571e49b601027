import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInterfaceType,
  type GraphQLNamedInputType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  type GraphQLUnionType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isScalarType,
  isUnionType,
} from 'graphql'
import { type Annotated, type Marks, readMarks, type Vocabulary } from './applications.js'
import { type Dependencies, looksAt } from './policies.js'
import { type Requirement, type Rule, type Rules, withoutPolicies } from './requirement.js'
import type { FieldEntry, InputEntry, InputTypeEntry, Table, TypeEntry, ValueEntry } from './table.js'

export type CompileOptions = {
  readonly vocabulary: Vocabulary
  readonly rules: Rules
  readonly dependencies: ReadonlyMap<string, Dependencies>
  /** Coordinates whose @public is allowed to loosen what they inherit. */
  readonly publicUnder: ReadonlySet<string>
}

type FieldedType = GraphQLObjectType | GraphQLInterfaceType
type OutputType = FieldedType | GraphQLUnionType
type Inherited = { readonly requirement: Requirement; readonly marked: boolean }

/** Every interface of a type, through any depth. */
export function interfacesOf(type: FieldedType): readonly GraphQLInterfaceType[] {
  const found = new Set<GraphQLInterfaceType>()
  const pending = [...type.getInterfaces()]
  for (let next = pending.pop(); next; next = pending.pop()) {
    if (found.has(next)) continue
    found.add(next)
    pending.push(...next.getInterfaces())
  }
  return [...found]
}

/** The same field on the interfaces of its type. */
function demandedBy(type: FieldedType, name: string) {
  return interfacesOf(type).flatMap((parent) => {
    const field = parent.getFields()[name]
    return field ? [{ parent, field }] : []
  })
}

const join = (parts: readonly Inherited[]): Inherited => ({
  requirement: parts.flatMap(({ requirement }) => requirement),
  marked: parts.some(({ marked }) => marked),
})

const nothing: Inherited = { requirement: [], marked: false }

/** Turns a schema into its table. Contradictions and open ends are added to the faults of the vocabulary. */
export function compileTable(schema: GraphQLSchema, options: CompileOptions): Table {
  const { vocabulary, rules, dependencies, publicUnder } = options
  const { faults } = vocabulary
  const seen = new Map<string, Marks>()
  const inputTypes = new Map<string, InputTypeEntry>()
  const types = new Map<string, TypeEntry>()

  function marksOf(coordinate: string, annotated: Annotated): Marks {
    const known = seen.get(coordinate)
    if (known) return known
    const marks = readMarks(vocabulary, coordinate, annotated)
    seen.set(coordinate, marks)
    return marks
  }
  const ruleOf = ({ requirement, marked }: Inherited): Rule | null =>
    marked ? rules.intern(requirement) : null

  const ownOf = (type: GraphQLNamedType): Marks => marksOf(type.name, type)

  /** A rule on an interface holds for its implementers, so it is theirs. */
  function typeMarks(type: GraphQLNamedType): Inherited {
    if (!isObjectType(type) && !isInterfaceType(type)) return ownOf(type)
    if (ownOf(type).open && publicUnder.has(type.name)) return nothing
    return join([ownOf(type), ...interfacesOf(type).map(ownOf)])
  }

  const looksAtParent = (policy: string) => looksAt(dependencies.get(policy), 'parent')

  /** At a field that returns the type there is no value yet, so policies that look at one must wait. */
  function doorMarks(type: GraphQLNamedType): Inherited {
    const { requirement, marked } = typeMarks(type)
    if (isScalarType(type) || isEnumType(type)) return { requirement, marked }
    return { requirement: withoutPolicies(requirement, looksAtParent), marked }
  }

  function inputType(type: GraphQLNamedInputType): InputTypeEntry {
    const known = inputTypes.get(type.name)
    if (known) return known
    if (isInputObjectType(type)) {
      const fields = new Map<string, InputEntry>()
      const rule = ruleOf(ownOf(type))
      const entry: InputTypeEntry = {
        name: type.name,
        kind: 'object',
        rule,
        fields,
        values: new Map(),
        internal: new Map(),
      }
      inputTypes.set(type.name, entry)
      for (const field of Object.values(type.getFields())) {
        fields.set(field.name, inputEntry(`${type.name}.${field.name}`, field, []))
      }
      return entry
    }
    const values = new Map<string, ValueEntry>()
    const internal = new Map<unknown, ValueEntry[]>()
    for (const value of isEnumType(type) ? type.getValues() : []) {
      const coordinate = `${type.name}.${value.name}`
      const rule = ruleOf(marksOf(coordinate, value))
      if (!rule) continue
      values.set(value.name, { coordinate, rule })
      internal.set(value.value, [...(internal.get(value.value) ?? []), { coordinate, rule }])
    }
    const kind = isEnumType(type) ? 'enum' : 'scalar'
    const entry = {
      name: type.name,
      kind,
      rule: ruleOf(ownOf(type)),
      fields: new Map(),
      values,
      internal,
    } as const
    inputTypes.set(type.name, entry)
    return entry
  }

  function inputEntry(
    coordinate: string,
    input: GraphQLArgument | GraphQLInputField,
    inherited: readonly Inherited[],
  ): InputEntry {
    const marks = join([marksOf(coordinate, input), ...inherited])
    return { coordinate, rule: ruleOf(marks), type: inputType(getNamedType(input.type)) }
  }

  function argumentsOf(type: FieldedType, field: GraphQLField<unknown, unknown>) {
    const demanded = demandedBy(type, field.name)
    const entries = field.args.map((arg): [string, InputEntry] => {
      const inherited = demanded.flatMap(({ parent, field: { name, args } }) =>
        args
          .filter((other) => other.name === arg.name)
          .map((other) => marksOf(`${parent.name}.${name}(${arg.name}:)`, other)),
      )
      return [arg.name, inputEntry(`${type.name}.${field.name}(${arg.name}:)`, arg, inherited)]
    })
    return new Map(entries)
  }

  function fieldEntry(type: FieldedType, field: GraphQLField<unknown, unknown>): FieldEntry {
    const coordinate = `${type.name}.${field.name}`
    const returned = getNamedType(field.type)
    const own = marksOf(coordinate, field)
    const fromInterfaces = join(
      demandedBy(type, field.name).map(({ parent, field: demanded }) =>
        marksOf(`${parent.name}.${field.name}`, demanded),
      ),
    )
    const fromType = typeMarks(type)
    const door = doorMarks(returned)
    const common = { coordinate, returns: returned.name, args: argumentsOf(type, field) }
    if (own.open && own.marked) {
      faults.add(coordinate, field.astNode, 'is both @auth and @public.', 'Keep one of them.')
    }
    if (own.open && publicUnder.has(coordinate)) {
      return { ...common, rule: null, guard: 'none' }
    }
    if (own.open && (fromType.marked || fromInterfaces.marked)) {
      faults.add(
        coordinate,
        field.astNode,
        'is @public under an @auth type or interface; a narrower place can tighten, never loosen.',
        `Remove @public, or list "${coordinate}" in \`publicUnder\`.`,
      )
    }
    const marks = join([own, fromInterfaces, fromType, door])
    const rule = ruleOf(marks)
    if (!rule) {
      const marked = own.open || ownOf(type).open
      if (!marked && vocabulary.federation !== 'as-is') {
        faults.add(coordinate, field.astNode, 'says neither @auth nor @public.', 'Say who may use it.')
      }
      return { ...common, rule, guard: 'none' }
    }
    const closed = own.marked || fromInterfaces.marked || door.marked
    return { ...common, rule, guard: closed ? 'own' : 'inherited' }
  }

  function typeEntry(type: OutputType): TypeEntry {
    const own = ownOf(type)
    const marks = typeMarks(type)
    if (own.open && (own.marked || marks.marked)) {
      faults.add(type.name, type.astNode, 'is @public and @auth at once.', 'Keep one of them.')
    }
    const kind = isUnionType(type) ? 'union' : isInterfaceType(type) ? 'interface' : 'object'
    return {
      name: type.name,
      kind,
      rule: ruleOf(marks),
      door: ruleOf(doorMarks(type)),
      fields: isUnionType(type)
        ? new Map()
        : new Map(Object.values(type.getFields()).map((field) => [field.name, fieldEntry(type, field)])),
      possible: isObjectType(type) ? [type.name] : schema.getPossibleTypes(type).map(({ name }) => name),
    }
  }

  for (const type of Object.values(schema.getTypeMap())) {
    if (isIntrospectionType(type)) continue
    if (isObjectType(type) || isInterfaceType(type) || isUnionType(type)) {
      types.set(type.name, typeEntry(type))
    } else inputType(type)
  }
  for (const coordinate of publicUnder) {
    if (seen.get(coordinate)?.open) continue
    faults.add(coordinate, null, 'is listed in `publicUnder` and not @public.', 'Take it off the list.')
  }
  return { types, inputTypes, opened: openedTypes(types, publicUnder), ruled: ruledInputs(inputTypes) }
}

/** Types that a field listed in `publicUnder` leads to: their doors are not all closed, so each field needs a guard. */
function openedTypes(types: ReadonlyMap<string, TypeEntry>, publicUnder: ReadonlySet<string>) {
  const opened = new Set<string>()
  for (const { fields } of types.values()) {
    for (const { coordinate, returns } of fields.values()) {
      if (!publicUnder.has(coordinate)) continue
      opened.add(returns)
      for (const name of types.get(returns)?.possible ?? []) opened.add(name)
    }
  }
  return opened
}

/** Input types with a rule on them or anywhere inside. */
function ruledInputs(inputTypes: ReadonlyMap<string, InputTypeEntry>): ReadonlySet<InputTypeEntry> {
  const ruled = new Set<InputTypeEntry>()
  const hasRule = ({ rule, values, fields }: InputTypeEntry) =>
    rule !== null ||
    values.size > 0 ||
    [...fields.values()].some((field) => field.rule !== null || ruled.has(field.type))
  for (let before = -1; before !== ruled.size; ) {
    before = ruled.size
    for (const type of inputTypes.values()) if (hasRule(type)) ruled.add(type)
  }
  return ruled
}
