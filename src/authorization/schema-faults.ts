import {
  type ConstDirectiveNode,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
} from 'graphql'
import { type Annotated, directivesOf, type Vocabulary } from './applications.js'
import type { Faults } from './faults.js'

type Location = 'schema' | 'type' | 'union' | 'field' | 'input' | 'value' | 'leaf' | 'directive'
type Place = { readonly coordinate: string; readonly location: Location; readonly annotated: Annotated }

/** Where each directive means something; everywhere else it would be ignored in silence. */
const authLocations = new Set<Location>(['type', 'union', 'field', 'input', 'value', 'leaf'])
const publicLocations = new Set<Location>(['type', 'union', 'field'])

/** Names under which the engine reads rules, declared in the schema or not. */
const ownDirectives = ['auth', 'public']
const federationDirectives = ['authenticated', 'requiresScopes']

const placesOf = (location: Location, entries: readonly (readonly [string, Annotated])[]): readonly Place[] =>
  entries.map(([coordinate, annotated]) => ({ coordinate, location, annotated }))

/** Every place in a schema where somebody can write a directive. */
function placesIn(schema: GraphQLSchema): readonly Place[] {
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

function checkDirective(
  faults: Faults,
  { coordinate, location }: Place,
  directive: ConstDirectiveNode,
  known: ReadonlySet<string>,
) {
  const name = directive.name.value
  if (!known.has(name)) {
    const remedy = 'Correct the spelling (@auth, @public), or declare the directive in the schema.'
    faults.add(coordinate, directive, `unknown directive @${name}.`, remedy)
  }
  const allowed = name === 'auth' ? authLocations : name === 'public' ? publicLocations : null
  if (!allowed || allowed.has(location)) return
  faults.add(
    coordinate,
    directive,
    `@${name} means nothing here.`,
    'Move it to a type or field that it can guard.',
  )
}

const ownArguments = new Map([
  ['auth', ['anyOf', 'orPolicies', 'policies', 'reason', 'scopes']],
  ['public', ['reason']],
])

/** Directives that are unknown, misplaced, or defined as something else: each would leave a field open unnoticed. */
export function checkDirectives(schema: GraphQLSchema, vocabulary: Vocabulary): void {
  const { faults, federation } = vocabulary
  const declared = schema.getDirectives().map(({ name }) => name)
  const read = federation === 'off' ? ownDirectives : [...ownDirectives, ...federationDirectives]
  const known = new Set([...declared, ...read])
  for (const { name, args, astNode } of schema.getDirectives()) {
    const expected = ownArguments.get(name)
    const found = args.map((arg) => arg.name).toSorted()
    if (!expected || (found.length === expected.length && found.every((arg, at) => arg === expected[at])))
      continue
    faults.add(
      `@${name}`,
      astNode,
      'is defined with other arguments than the engine reads.',
      'Include `authorization.typeDefs` and no definition of your own.',
    )
  }
  for (const place of placesIn(schema)) {
    for (const directive of directivesOf(place.annotated)) checkDirective(faults, place, directive, known)
  }
}
