import { type GraphQLSchema, isAbstractType, isObjectType } from 'graphql'
import type { Compiled } from './engine.js'
import { createFaults, type Fault } from './faults.js'
import { type GuardRegister, needsTypeResolver, needsValueCheck, placementOf } from './protect.js'
import type { Table } from './table.js'

const remedy = 'Protect the schema last: add resolvers and transforms before `protect`.'

/** Compares an executable schema with what was protected: every rule is still there, and behind its guard. */
export function checkGuards(
  schema: GraphQLSchema,
  compiled: Compiled,
  found: Table,
  register: GuardRegister,
): readonly Fault[] {
  const faults = createFaults()

  function expectGuard(coordinate: string, guard: unknown, what: string) {
    if (register.coordinateOf(guard) === coordinate) return
    faults.add(coordinate, null, `${what} carries no guard.`, remedy)
  }

  function checkFields(typeName: string) {
    const type = schema.getType(typeName)
    if (!isObjectType(type)) return
    const before = compiled.table.types.get(typeName)
    for (const [name, field] of Object.entries(type.getFields())) {
      const entry = before?.fields.get(name)
      const now = found.types.get(typeName)?.fields.get(name)
      const coordinate = `${typeName}.${name}`
      if (!entry || entry.rule?.key !== now?.rule?.key) {
        faults.add(coordinate, field.astNode, 'has not the rule with which it was protected.', remedy)
        continue
      }
      if (placementOf(compiled, typeName, entry) === 'none') continue
      expectGuard(coordinate, field.resolve, 'the resolver')
      if (typeName === compiled.roots.subscription)
        expectGuard(coordinate, field.subscribe, 'the subscription')
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
  return faults.all
}
