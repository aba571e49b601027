import {
  type GraphQLArgument,
  type GraphQLEnumType,
  type GraphQLInputField,
  type GraphQLInputObjectType,
  type GraphQLNamedInputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
} from 'graphql'
import type { Inheritance } from './inheritance.js'
import type { Requirement, Rule } from '../requirement.js'
import type { InputEntry, InputTypeEntry, ValueEntry } from '../table.js'

/** Turns arguments, input fields and their types into entries of the table: each type once, since they lead in circles. */
export function createInputCompiler(
  inheritance: Inheritance,
  ruleOf: (requirement: Requirement) => Rule | null,
) {
  const { marksOf, ofItself } = inheritance
  const types = new Map<string, InputTypeEntry>()

  function typeEntry(type: GraphQLNamedInputType): InputTypeEntry {
    const known = types.get(type.name)
    if (known) return known
    const kind = isInputObjectType(type) ? 'object' : isEnumType(type) ? 'enum' : 'scalar'
    const rule = ruleOf(ofItself(type).requirement)
    const fields = new Map<string, InputEntry>()
    const entry = { name: type.name, kind, rule, fields, ...valuesOf(type) } as const
    types.set(type.name, entry)
    if (isInputObjectType(type)) addFields(type, fields)
    return entry
  }

  function addFields(type: GraphQLInputObjectType, fields: Map<string, InputEntry>): void {
    for (const field of Object.values(type.getFields())) {
      fields.set(field.name, inputEntry(`${type.name}.${field.name}`, field, []))
    }
  }

  /** Those with a rule, by name and by what resolvers see of them. */
  function valuesOf(type: GraphQLNamedInputType): Pick<InputTypeEntry, 'values' | 'internal'> {
    const values = new Map<string, ValueEntry>()
    const internal = new Map<unknown, ValueEntry[]>()
    for (const value of isEnumType(type) ? type.getValues() : []) {
      const ruled = valueEntry(type, value)
      if (!ruled) continue
      values.set(value.name, ruled)
      internal.set(value.value, [...(internal.get(value.value) ?? []), ruled])
    }
    return { values, internal }
  }

  function valueEntry(
    { name }: Pick<GraphQLEnumType, 'name'>,
    value: ReturnType<GraphQLEnumType['getValues']>[number],
  ): ValueEntry | null {
    const coordinate = `${name}.${value.name}`
    const rule = ruleOf(marksOf(coordinate, value).requirement)
    return rule && { coordinate, rule }
  }

  /** An argument or an input field. */
  function inputEntry(
    coordinate: string,
    input: GraphQLArgument | GraphQLInputField,
    inherited: Requirement,
  ): InputEntry {
    const requirement = [...marksOf(coordinate, input).requirement, ...inherited]
    return { coordinate, rule: ruleOf(requirement), type: typeEntry(getNamedType(input.type)) }
  }

  return { types, typeEntry, inputEntry }
}
