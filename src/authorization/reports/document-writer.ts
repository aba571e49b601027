import {
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isRequiredArgument,
  isRequiredInputField,
} from 'graphql'
import type { Door, Step } from './doors.js'
import type { Table } from '../table.js'

const scalars = new Map([
  ['Int', '1'],
  ['Float', '1'],
  ['Boolean', 'true'],
])

/** Writes the smallest documents that reach a field by a door; `values` are literals by coordinate or type name. */
export function createDocumentWriter(
  schema: GraphQLSchema,
  table: Table,
  values: Readonly<Record<string, string>>,
) {
  const given = new Map(Object.entries(values))

  /** The value of a required input; for an input on trial, the way down to it. */
  function literal(coordinate: string, type: GraphQLInputType, way: readonly string[]): string {
    const known = given.get(coordinate)
    if (known !== undefined && way.length === 0) return known
    const nullable = getNullableType(type)
    if (isListType(nullable)) return `[${literal(coordinate, nullable.ofType, way)}]`
    const named = getNamedType(nullable)
    if (isInputObjectType(named)) {
      const fields = Object.values(named.getFields()).flatMap((field) => {
        const own = `${named.name}.${field.name}`
        if (own === way[0]) return [`${field.name}: ${literal(own, field.type, way.slice(1))}`]
        return isRequiredInputField(field) ? [`${field.name}: ${literal(own, field.type, [])}`] : []
      })
      // Of a @oneOf none is required, and one has to be there (GraphQL 3.10.1).
      const [one] = named.isOneOf && fields.length === 0 ? Object.values(named.getFields()) : []
      if (one) fields.push(`${one.name}: ${literal(`${named.name}.${one.name}`, one.type, [])}`)
      return `{ ${fields.join(', ')} }`
    }
    if (isEnumType(named)) {
      const names = named.getValues().map(({ name }) => name)
      const wanted = names.filter((name) => `${named.name}.${name}` === way[0])
      const open = names.filter((name) => !table.inputTypes.get(named.name)?.values.has(name))
      return [...wanted, ...open, ...names].slice(0, 1).join('')
    }
    return given.get(named.name) ?? scalars.get(named.name) ?? '"1"'
  }

  /** Arguments of a field, each as name and literal: the required ones, and the one on trial. */
  function argumentsOf(
    { type, field }: Step,
    way: readonly string[],
  ): readonly (readonly [string, string])[] {
    return field.args.flatMap((arg) => {
      const coordinate = `${type.name}.${field.name}(${arg.name}:)`
      const tried = way[0] === coordinate
      if (!tried && !isRequiredArgument(arg)) return []
      return [[arg.name, literal(coordinate, arg.type, tried ? way.slice(1) : [])] as const]
    })
  }

  function argumentsText(step: Step, way: readonly string[]): string {
    const args = argumentsOf(step, way).map(([name, value]) => `${name}: ${value}`)
    return args.length > 0 ? `(${args.join(', ')})` : ''
  }

  function writeDocument(door: Door, last: Step, way: readonly string[]): string {
    const leaf = isCompositeType(getNamedType(last.field.type)) ? ' { __typename }' : ''
    const wanted = `${last.field.name}${argumentsText(last, way)}${leaf}`
    const inner = door.reduceRight((selection, step, at) => {
      const target = door[at + 1]?.type ?? last.type
      const narrowed = isAbstractType(getNamedType(step.field.type))
        ? `... on ${target.name} { ${selection} }`
        : selection
      return `${step.field.name}${argumentsText(step, [])} { ${narrowed} }`
    }, wanted)
    const root = door[0]?.type ?? last.type
    return `${root === schema.getMutationType() ? 'mutation' : 'query'} { ${inner} }`
  }

  return { argumentsOf, writeDocument }
}
