/** SDL of the two directives. A schema includes it once, beside its own definitions. */
export const directiveTypeDefs = /* GraphQL */ `
"""
Who may use this. Every application adds a requirement; a narrower place can tighten, never loosen.
Without arguments: any signed-in caller.
"""
directive @auth(
  "ALL of these scopes."
  scopes: [String!]
  "At least one inner set, each inner set ALL. Written as a list of lists."
  anyOf: [[String!]!]
  "ALL of these named checks, which may look at the parent and the arguments."
  policies: [String!]
  "Any ONE of these checks satisfies this application instead of scopes, anyOf and policies."
  orPolicies: [String!]
  "For people: shown in reports, never to clients."
  reason: String
) repeatable on OBJECT | FIELD_DEFINITION | INTERFACE | UNION | ENUM | ENUM_VALUE | SCALAR | ARGUMENT_DEFINITION | INPUT_OBJECT | INPUT_FIELD_DEFINITION

"Open to everybody, signed in or not."
directive @public(
  "For people: shown in reports, never to clients."
  reason: String
) on OBJECT | INTERFACE | UNION | FIELD_DEFINITION
`
