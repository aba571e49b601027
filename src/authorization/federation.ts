import { type ConstDirectiveNode, type ConstValueNode, Kind } from 'graphql'

type ReadSets = (value: ConstValueNode) => readonly (readonly string[])[]

/** The names under which a subgraph imports a directive: bare, or in the namespace of the specification. */
const named = (directive: ConstDirectiveNode, name: string) =>
  directive.name.value === name || directive.name.value === `federation__${name}`

/**
 * Apollo Federation's `@authenticated` and `@requiresScopes(scopes: [[Scope!]!]!)`, each as the scope sets of which
 * one must be held. A missing `scopes` reads as null, which is refused.
 */
export function federationApplications(
  directive: ConstDirectiveNode,
  readSets: ReadSets,
): readonly (readonly (readonly string[])[])[] {
  if (named(directive, 'authenticated')) return [[[]]]
  if (!named(directive, 'requiresScopes')) return []
  const scopes = directive.arguments?.find(({ name }) => name.value === 'scopes')
  return [readSets(scopes?.value ?? { kind: Kind.NULL })]
}
