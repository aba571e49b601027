import type { ConstDirectiveNode, GraphQLSchema } from 'graphql'
import { directivesOf, type Vocabulary } from './applications.js'
import type { Faults } from '../faults.js'
import { type Location, type Place, placesIn } from './places.js'

/** Where each directive means something; everywhere else it would be ignored in silence. */
const authLocations = new Set<Location>(['type', 'union', 'field', 'input', 'value', 'leaf'])
const publicLocations = new Set<Location>(['type', 'union', 'field'])

/** Names under which the engine reads rules, declared in the schema or not. */
const ownDirectives = ['auth', 'public']

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
  const { faults, federationNames } = vocabulary
  const declared = schema.getDirectives().map(({ name }) => name)
  const known = new Set([...declared, ...ownDirectives, ...federationNames.keys()])
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
