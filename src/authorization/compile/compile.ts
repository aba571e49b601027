import {
  type GraphQLField,
  type GraphQLSchema,
  type GraphQLUnionType,
  getNamedType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isUnionType,
} from 'graphql'
import type { Vocabulary } from './applications.js'
import { createInputCompiler } from './compile-inputs.js'
import { createInheritance, type FieldedType } from './inheritance.js'
import type { Dependencies } from '../policies.js'
import type { Requirement, Rule, Rules } from '../requirement.js'
import type { FieldEntry, InputTypeEntry, Table, TypeEntry } from '../table.js'

type CompileOptions = {
  readonly vocabulary: Vocabulary
  readonly rules: Rules
  readonly dependencies: ReadonlyMap<string, Dependencies>
  /** Coordinates whose @public is allowed to loosen what they inherit. */
  readonly publicUnder: ReadonlySet<string>
}

type OutputType = FieldedType | GraphQLUnionType
type Field = GraphQLField<unknown, unknown>

/** Turns a schema into its table. Contradictions and open ends are added to the faults of the vocabulary. */
export function compileTable(schema: GraphQLSchema, options: CompileOptions): Table {
  const { vocabulary, rules, publicUnder } = options
  const { faults } = vocabulary
  const inheritance = createInheritance(options)
  const { ofItself, ofType, atDoorOf, fromInterfaces } = inheritance
  const ruleOf = (requirement: Requirement): Rule | null =>
    requirement.length > 0 ? rules.intern(requirement) : null
  const inputs = createInputCompiler(inheritance, ruleOf)

  function argumentsOf(type: FieldedType, field: Field) {
    return new Map(
      field.args.map((arg) => {
        const coordinate = `${type.name}.${field.name}(${arg.name}:)`
        return [arg.name, inputs.inputEntry(coordinate, arg, inheritance.ofArgument(type, field, arg))]
      }),
    )
  }

  function fieldEntry(type: FieldedType, field: Field): FieldEntry {
    const coordinate = `${type.name}.${field.name}`
    const returned = getNamedType(field.type)
    const own = inheritance.marksOf(coordinate, field)
    const common = { coordinate, returns: returned.name, args: argumentsOf(type, field) }
    if (own.isPublic && own.requirement.length > 0) {
      faults.add(coordinate, field.astNode, 'is both @auth and @public.', 'Keep one of them.')
    }
    if (own.isPublic && publicUnder.has(coordinate)) return { ...common, rule: null, guard: 'none' }
    const [interfaces, ofItsType] = [fromInterfaces(type, field), ofType(type)]
    if (own.isPublic && interfaces.length + ofItsType.length > 0) {
      faults.add(
        coordinate,
        field.astNode,
        'is @public under an @auth type or interface; a narrower place can tighten, never loosen.',
        `Remove @public, or list "${coordinate}" in \`publicUnder\`.`,
      )
    }
    // Everything but the rule of the type itself, whose doors are closed.
    const closed = [...own.requirement, ...interfaces, ...atDoorOf(returned)]
    const rule = ruleOf([...closed, ...ofItsType])
    if (rule) return { ...common, rule, guard: closed.length > 0 ? 'own' : 'inherited' }
    if (!own.isPublic && !ofItself(type).isPublic && vocabulary.federation !== 'as-is') {
      faults.add(coordinate, field.astNode, 'says neither @auth nor @public.', 'Say who may use it.')
    }
    return { ...common, rule: null, guard: 'none' }
  }

  const fieldsOf = (type: FieldedType) =>
    new Map(Object.values(type.getFields()).map((field) => [field.name, fieldEntry(type, field)]))

  function typeEntry(type: OutputType): TypeEntry {
    const requirement = ofType(type)
    if (ofItself(type).isPublic && requirement.length > 0) {
      faults.add(type.name, type.astNode, 'is @public and @auth at once.', 'Keep one of them.')
    }
    return {
      name: type.name,
      kind: isUnionType(type) ? 'union' : isInterfaceType(type) ? 'interface' : 'object',
      rule: ruleOf(requirement),
      door: ruleOf(atDoorOf(type)),
      fields: isUnionType(type) ? new Map() : fieldsOf(type),
      possible: isObjectType(type) ? [type.name] : schema.getPossibleTypes(type).map(({ name }) => name),
    }
  }

  const types = new Map<string, TypeEntry>()
  for (const type of Object.values(schema.getTypeMap())) {
    if (isIntrospectionType(type)) continue
    if (isObjectType(type) || isInterfaceType(type) || isUnionType(type)) {
      types.set(type.name, typeEntry(type))
    } else inputs.typeEntry(type)
  }
  for (const coordinate of publicUnder) {
    if (inheritance.isPublic(coordinate)) continue
    faults.add(coordinate, null, 'is listed in `publicUnder` and not @public.', 'Take it off the list.')
  }
  const opened = openedTypes(types, publicUnder)
  return { types, inputTypes: inputs.types, opened, ruled: ruledInputs(inputs.types) }
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
