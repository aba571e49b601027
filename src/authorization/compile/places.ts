import {
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
} from 'graphql'
import type { Annotated } from './applications.js'

export type Location = 'schema' | 'type' | 'union' | 'field' | 'input' | 'value' | 'leaf' | 'directive'
export type Place = {
  readonly coordinate: string
  readonly location: Location
  readonly annotated: Annotated
}

const placesOf = (location: Location, entries: readonly (readonly [string, Annotated])[]): readonly Place[] =>
  entries.map(([coordinate, annotated]) => ({ coordinate, location, annotated }))

/** Every place in a schema where somebody can write a directive. */
export function placesIn(schema: GraphQLSchema): readonly Place[] {
  const ofTypes = Object.values(schema.getTypeMap())
    .filter((type) => !isIntrospectionType(type))
    .flatMap((type) => {
      if (isObjectType(type) || isInterfaceType(type)) {
        const fields = Object.values(type.getFields())
        return [
          ...placesOf('type', [[type.name, type]]),
          ...placesOf(
            'field',
            fields.map((field) => [`${type.name}.${field.name}`, field]),
          ),
          ...placesOf(
            'input',
            fields.flatMap((field) =>
              field.args.map((arg) => [`${type.name}.${field.name}(${arg.name}:)`, arg] as const),
            ),
          ),
        ]
      }
      if (isInputObjectType(type)) {
        const fields = Object.values(type.getFields()).map(
          (field) => [`${type.name}.${field.name}`, field] as const,
        )
        return placesOf('input', [[type.name, type], ...fields])
      }
      if (isEnumType(type)) {
        const values = type.getValues().map((value) => [`${type.name}.${value.name}`, value] as const)
        return [...placesOf('leaf', [[type.name, type]]), ...placesOf('value', values)]
      }
      const location = 'serialize' in type ? 'leaf' : 'union'
      return placesOf(location, [[type.name, type]])
    })
  const ofDirectives = schema
    .getDirectives()
    .flatMap((directive) => directive.args.map((arg) => [`@${directive.name}(${arg.name}:)`, arg] as const))
  return [...placesOf('schema', [['schema', schema]]), ...ofTypes, ...placesOf('directive', ofDirectives)]
}
