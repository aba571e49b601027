import { makeExecutableSchema } from '@graphql-tools/schema'
import { type Caller, createAuthorization } from 'fieldgate/authorization'

/** What every resolver of these examples is told. */
export type Context = { caller: Caller | null }

const people = [
  { id: '1', name: 'Ada', email: 'ada@example.com' },
  { id: '2', name: 'Bob', email: 'bob@example.com' },
]

const typeDefs = /* GraphQL */ `
  type Query {
    hello: String! @public(reason: "Says nothing about anybody.")
    people: [Person!]!
  }

  type Mutation {
    rename(id: ID!, name: String!): Person @auth(scopes: ["people:write"])
  }

  type Person @auth {
    id: ID!
    name: String!
    email: String @auth(scopes: ["people:email"], orPolicies: ["isSelf"])
  }
`

const resolvers = {
  Query: { hello: () => 'Hello!', people: () => people },
  Mutation: {
    rename: (_: unknown, { id, name }: { id: string; name: string }) => {
      const person = people.find((candidate) => candidate.id === id)
      return person ? { ...person, name } : null
    },
  },
}

export const authorization = createAuthorization<Context>({
  scopes: {
    'people:write': { description: 'Rename people', implies: ['people:email'] },
    'people:email': { description: 'Read e-mail addresses' },
  },
  policies: {
    isSelf: { dependsOn: 'parent', check: ({ caller, parent }) => caller.id === parent['id'] },
  },
  callerOf: ({ caller }) => caller,
})

// Protect last: nothing may be added to a schema behind its guards.
export const schema = authorization.protect(
  makeExecutableSchema({ typeDefs: [authorization.typeDefs, typeDefs], resolvers }),
)

/**
 * Stands for your own sign-in: `Authorization: Demo 1 people:email` is person 1 with that scope.
 * Never trust a header like this outside an example.
 */
export function callerFrom(header: string | null | undefined): Caller | null {
  const [scheme, id, ...scopes] = (header ?? '').split(' ')
  return scheme === 'Demo' && id ? { id, scopes } : null
}
