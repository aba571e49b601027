import { type ASTNode, type GraphQLSchema, isAbstractType, isEnumType, isObjectType } from 'graphql'
import type { Compiled } from '../engine.js'
import { createFaults, type Fault } from '../faults.js'
import { type GuardRegister, needsTypeResolver, needsValueCheck, placementOf } from './protect.js'
import type { Rule } from '../requirement.js'
import type { Table } from '../table.js'

const remedy = 'Protect the schema last: add resolvers and transforms before `protect`.'

type Ruled = { readonly rule: Rule | null }

/** Compares an executable schema with what was protected: every rule is still there, and behind its guard. */
export function checkGuards(
  schema: GraphQLSchema,
  compiled: Compiled,
  found: Table,
  register: GuardRegister,
): readonly Fault[] {
  const faults = createFaults()
  const { table, roots } = compiled

  function expectGuard(coordinate: string, guard: unknown, what: string) {
    if (register.coordinateOf(guard) === coordinate) return
    faults.add(coordinate, null, `${what} carries no guard.`, remedy)
  }

  /** What was not there has no guard that knows it. */
  function expectRule(
    coordinate: string,
    node: ASTNode | null | undefined,
    before: Ruled | undefined,
    now: Ruled | undefined,
  ): 'kept' | 'changed' {
    if (before && before.rule?.key === now?.rule?.key) return 'kept'
    faults.add(coordinate, node, 'was added, or its rule was changed, after `protect`.', remedy)
    return 'changed'
  }

  function checkFields(typeName: string) {
    const type = schema.getType(typeName)
    if (!isObjectType(type)) return
    const before = table.types.get(typeName)
    for (const [name, field] of Object.entries(type.getFields())) {
      const entry = before?.fields.get(name)
      const now = found.types.get(typeName)?.fields.get(name)
      const coordinate = `${typeName}.${name}`
      if (expectRule(coordinate, field.astNode, entry, now) === 'changed' || !entry) continue
      for (const arg of field.args) {
        const [was, is] = [entry.args.get(arg.name), now?.args.get(arg.name)]
        expectRule(`${coordinate}(${arg.name}:)`, arg.astNode, was, is)
      }
      if (placementOf(compiled, typeName, entry) === 'none') continue
      expectGuard(coordinate, field.resolve, 'the resolver')
      if (typeName === roots.subscription) expectGuard(coordinate, field.subscribe, 'the subscription')
    }
  }

  function checkInputs() {
    for (const [name, now] of found.inputTypes) {
      const before = table.inputTypes.get(name)
      const type = schema.getType(name)
      if (expectRule(name, type?.astNode, before, now) === 'changed') continue
      for (const [field, entry] of now.fields) {
        expectRule(entry.coordinate, null, before?.fields.get(field), entry)
      }
      for (const value of isEnumType(type) ? type.getValues() : []) {
        const [was, is] = [before?.values.get(value.name), now.values.get(value.name)]
        expectRule(`${name}.${value.name}`, value.astNode, was ?? { rule: null }, is)
      }
    }
  }

  for (const [name, entry] of found.types) {
    const type = schema.getType(name)
    checkFields(name)
    if (isAbstractType(type) && needsTypeResolver(found, entry)) {
      expectGuard(name, type.resolveType, 'the type resolver')
    }
    if (isObjectType(type) && needsValueCheck(entry)) expectGuard(name, type.isTypeOf, '`isTypeOf`')
  }
  checkInputs()
  return faults.all
}
