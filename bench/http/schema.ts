import type { Person } from '../people.js'
import { guardedFields, readScope } from '../people.js'
import type { PeopleStore } from './people-store.js'

export const writeScope = 'people:write'
export const scopes = [readScope, writeScope, ...Object.values(guardedFields)]

/** How a contender marks what a scope guards, and the type. */
export type Mark = { readonly scoped: (scope: string) => string; readonly type: string }

export const unmarked: Mark = { scoped: () => '', type: '' }

/** What is added to a schema that has `me` already, as that of Fieldgate. */
export function peopleSdl({ scoped, type }: Mark): string {
  return `
    extend type Query {
      people(first: Int!): [Person!] ${scoped(readScope)}
    }
    extend type Mutation {
      rename(id: ID!, name: String!): Person ${scoped(writeScope)}
    }
    type Person ${type} {
      id: ID!
      name: String
      city: String
      email: String ${scoped(guardedFields.email)}
      phone: String ${scoped(guardedFields.phone)}
      salary: Int ${scoped(guardedFields.salary)}
    }
  `
}

export const sdl = (mark: Mark): string => `
    type Query {
      me: Person ${mark.scoped(readScope)}
    }
    type Mutation
    ${peopleSdl(mark)}
  `

export function createPeopleResolvers(store: PeopleStore) {
  return {
    Query: {
      people: (_: unknown, { first }: { first: number }): Promise<Person[]> => store.listPeople(first),
    },
    Mutation: {
      rename: (_: unknown, { id, name }: { id: string; name: string }): Promise<Person | undefined> =>
        store.renamePerson(id, name),
    },
  }
}

/** What all contenders but Fieldgate give their resolvers. */
export type Context = { readonly callerId: string; readonly scopes: ReadonlySet<string> }

export function createResolvers(store: PeopleStore) {
  const { Query, Mutation } = createPeopleResolvers(store)
  return {
    Query: {
      ...Query,
      me: (_: unknown, __: unknown, { callerId }: Pick<Context, 'callerId'>) => store.findPerson(callerId),
    },
    Mutation,
  }
}
