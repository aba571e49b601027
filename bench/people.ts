import type { DocumentNode } from 'graphql'
import { parse } from 'graphql'

export type Person = {
  readonly id: string
  readonly name: string
  readonly city: string
  readonly email: string
  readonly phone: string
  readonly salary: number
}

export type Team = { readonly id: string; readonly name: string; readonly members: readonly Person[] }

/** Scopes that the three protected fields of a person ask for, by field. */
export const guardedFields = {
  email: 'people:email',
  phone: 'people:phone',
  salary: 'people:salary',
} as const

/** What the root fields ask for. */
export const readScope = 'people:read'

export const people: readonly Person[] = Array.from({ length: 2000 }, (_, at) => ({
  id: String(at),
  name: `Person ${at}`,
  city: `City ${at % 50}`,
  email: `person${at}@example.com`,
  phone: `+49 30 ${at}`,
  salary: 30_000 + at,
}))

const teams: readonly Team[] = Array.from({ length: 100 }, (_, at) => ({
  id: String(at),
  name: `Team ${at}`,
  members: people.slice(at * 10, at * 10 + 10),
}))

const byId = new Map(people.map((person) => [person.id, person]))
const firstPeople = new Map([100, 1000, 2000].map((count) => [count, people.slice(0, count)]))

/** The resolvers that every contender has; all other fields are properties. */
export const resolvers = {
  Query: {
    person: (_: unknown, { id }: { id: string }) => byId.get(id),
    people: (_: unknown, { first }: { first: number }) => firstPeople.get(first) ?? people,
    teams: () => teams,
  },
}

/** The schema, with whatever a contender writes behind the root fields and behind each protected field. */
export function sdl(mark: { root: string; guarded: (scope: string) => string; open: string }): string {
  return `
    type Query {
      person(id: ID!): Person ${mark.root}
      people(first: Int!): [Person!] ${mark.root}
      teams: [Team!] ${mark.root}
    }
    type Team ${mark.open} { id: ID! name: String members: [Person!] }
    type Person ${mark.open} {
      id: ID!
      name: String
      city: String
      email: String ${mark.guarded(guardedFields.email)}
      phone: String ${mark.guarded(guardedFields.phone)}
      salary: Int ${mark.guarded(guardedFields.salary)}
    }
  `
}

export type Caller = { readonly id: string; readonly scopes: ReadonlySet<string> }

export const allScopes = [readScope, ...Object.values(guardedFields)]

export const callers = {
  granted: { id: '1', scopes: new Set(allScopes) },
  oneMissing: { id: '2', scopes: new Set(allScopes.filter((scope) => scope !== guardedFields.email)) },
  nobody: null,
} satisfies Record<string, Caller | null>

/** What resolvers and guards are given: made anew for each request, as a server does. */
export type Context = { readonly caller: Caller | null }

export type Query = {
  readonly name: string
  readonly source: string
  readonly document: DocumentNode
  readonly caller: Caller | null
  /** `granted`: everything answers. `partial`: `email` is null everywhere. `refused`: nothing answers. */
  readonly outcome: 'granted' | 'partial' | 'refused'
}

const six = '{ id name city email phone salary }'

function query(
  name: string,
  source: string,
  caller: Caller | null,
  outcome: Query['outcome'] = 'granted',
): Query {
  return { name, source, document: parse(source), caller, outcome }
}

const { granted, oneMissing, nobody } = callers

export const queries = {
  one: query('one object', `{ person(id: "7") ${six} }`, granted),
  list100: query('list of 100', `{ people(first: 100) ${six} }`, granted),
  list1000: query('list of 1000', `{ people(first: 1000) ${six} }`, granted),
  nested: query('nested 100 x 10', `{ teams { id name members ${six} } }`, granted),
  oneMissing: query('one object, a scope missing', `{ person(id: "7") ${six} }`, oneMissing, 'partial'),
  listMissing: query(
    'list of 1000, a scope missing',
    `{ people(first: 1000) ${six} }`,
    oneMissing,
    'partial',
  ),
  refused: query('refused whole', `{ people(first: 1000) ${six} }`, nobody, 'refused'),
} as const

export const list2000 = query('list of 2000', `{ people(first: 2000) ${six} }`, granted)
export const list2000Missing = query(
  'list of 2000, a field refused',
  `{ people(first: 2000) ${six} }`,
  oneMissing,
  'partial',
)
