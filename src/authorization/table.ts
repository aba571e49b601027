import type { Rule } from './requirement.js'

/** The compiled rules of one schema: what must hold at each coordinate, everything inherited included. */
export type Table = {
  readonly types: ReadonlyMap<string, TypeEntry>
  readonly inputTypes: ReadonlyMap<string, InputTypeEntry>
  /** Types that a field listed in `publicUnder` leads to past their own rule. */
  readonly opened: ReadonlySet<string>
  /** Input types with a rule on them or anywhere inside. */
  readonly ruled: ReadonlySet<InputTypeEntry>
}

/** An object, interface or union. */
export type TypeEntry = {
  readonly name: string
  readonly kind: 'object' | 'interface' | 'union'
  /** What must hold for a value of this type. */
  readonly rule: Rule | null
  /** The part of it that needs no value: it closes the fields that return the type. */
  readonly door: Rule | null
  readonly fields: ReadonlyMap<string, FieldEntry>
  /** The object types that can turn up; an object type itself. */
  readonly possible: readonly string[]
}

export type FieldEntry = {
  readonly coordinate: string
  /** All that must hold for the field: its own rules, its type's, its interfaces', that of the type it returns. */
  readonly rule: Rule | null
  /** Whether the field has a guard, or is closed by every field that leads to its type. */
  readonly guard: 'own' | 'inherited' | 'none'
  readonly returns: string
  readonly args: ReadonlyMap<string, InputEntry>
}

/** An argument or an input field. */
export type InputEntry = {
  readonly coordinate: string
  readonly rule: Rule | null
  readonly type: InputTypeEntry
}

export type InputTypeEntry = {
  readonly name: string
  readonly kind: 'object' | 'enum' | 'scalar'
  readonly rule: Rule | null
  readonly fields: ReadonlyMap<string, InputEntry>
  readonly values: ReadonlyMap<string, ValueEntry>
  /** Enum values by what resolvers see; several names may stand for one. */
  readonly internal: ReadonlyMap<unknown, readonly ValueEntry[]>
}

export type ValueEntry = { readonly coordinate: string; readonly rule: Rule }

/** Every output field, null where it is public, and every type and input that has a rule. By coordinate. */
export function rulesIn(table: Table): ReadonlyMap<string, Rule | null> {
  const found = new Map<string, Rule | null>()
  const note = (coordinate: string, rule: Rule | null) => {
    if (rule) found.set(coordinate, rule)
  }
  for (const type of table.types.values()) {
    note(type.name, type.rule)
    for (const field of type.fields.values()) {
      found.set(field.coordinate, field.rule)
      for (const arg of field.args.values()) note(arg.coordinate, arg.rule)
    }
  }
  for (const type of table.inputTypes.values()) {
    note(type.name, type.rule)
    for (const field of type.fields.values()) note(field.coordinate, field.rule)
    for (const value of type.values.values()) note(value.coordinate, value.rule)
  }
  return found
}

export function fieldOf(table: Table, typeName: string, fieldName: string): FieldEntry | undefined {
  return table.types.get(typeName)?.fields.get(fieldName)
}
