import { makeExecutableSchema } from '@graphql-tools/schema'
import type { GraphQLSchema } from 'graphql'
import {
  type Authorization,
  type AuthorizationOptions,
  createAuthorization,
} from '../../../src/authorization/index.js'
import { scopes, type TestContext } from '../doors.js'

/** Part of every datum that the caller of a trap must not see. */
export const sentinel = 'sentinel-5e1'

/** What code without types may hand over. */
export const untyped = (value: unknown) => Object.create({ value }).value

type Resolvers = NonNullable<Parameters<typeof makeExecutableSchema>[0]['resolvers']>

export type Source = {
  readonly sdl: string
  /** `touch` is called by whatever must not run. */
  readonly resolvers: (touch: (name: string) => void) => Resolvers
  readonly rootValue?: unknown
  readonly options?: Partial<AuthorizationOptions<TestContext>>
}

export type World = {
  readonly authorization: Authorization<TestContext>
  readonly schema: GraphQLSchema
  readonly rootValue: unknown
  /** What ran though it must not. */
  readonly touched: readonly string[]
}

/** Without protection it shows that what a trap catches is there to be caught. */
export function createWorld(source: Source, protection: 'partial' | 'reject' | 'none'): World {
  const touched: string[] = []
  const authorization = createAuthorization<TestContext>({
    scopes,
    callerOf: ({ caller }) => caller,
    mode: protection === 'reject' ? 'reject' : 'partial',
    ...source.options,
  })
  const open = makeExecutableSchema({
    typeDefs: [authorization.typeDefs, source.sdl],
    resolvers: source.resolvers((name) => touched.push(name)),
  })
  const schema = protection === 'none' ? open : authorization.protect(open)
  return { authorization, schema, rootValue: source.rootValue, touched }
}

const sdl = /* GraphQL */ `
  interface Node @public { id: ID! }
  interface Labelled @public { label: String @auth(scopes: ["email"]) }
  interface Titled implements Labelled @public { label: String title: String }
  interface Sealed implements Node @auth(scopes: ["admin"]) { id: ID! seal: String }
  interface Owned @public { owner(full: Boolean): String }

  enum Level @auth(scopes: ["admin"]) { LOW HIGH }
  enum Sort { NAME SALARY @auth(scopes: ["admin"]) }
  scalar Key @auth(scopes: ["admin"])

  input Boss @auth(scopes: ["admin"]) { name: String }
  input Patch {
    name: String
    role: String @auth(scopes: ["admin"])
    boss: Boss
    sort: Sort
    level: Level
    key: Key
    inner: Patch
    list: [Patch!]
    grid: [[Patch!]!]
  }
  input Prepared { name: String role: String = "member" @auth(scopes: ["admin"]) }

  type User implements Node & Labelled & Titled @auth {
    id: ID!
    name: String
    email: String @auth(scopes: ["email"])
    label: String
    title: String
    pin: String! @auth(scopes: ["admin"])
    friends: [User!]!
    level: Level
    levels: [[Level!]!]
    keys: [[Key]]
    safe: Safe
    safes: [[Safe!]!]
    profile: Profile
  }
  extend type User {
    phone: String @auth(scopes: ["email"])
  }
  extend type Profile @auth(scopes: ["email"]) {
    street: String
  }
  type Profile @auth { city: String @auth(scopes: ["other"]) }
  type Vault implements Node & Sealed { id: ID! seal: String content: String }
  type Safe implements Node @auth(scopes: ["admin"]) { id: ID! code: String }
  type Open implements Node & Owned @public {
    id: ID!
    text: String
    owner(full: Boolean @auth(scopes: ["admin"])): String
    safe: Safe
  }
  union Item @public = Open | Safe | Vault
  union Hidden @auth(scopes: ["admin"]) = Open | User

  type SafeConnection @public { edges: [SafeEdge] nodes: [Safe] count: Int @auth(scopes: ["admin"]) }
  type SafeEdge @public { cursor: String node: Safe }
  type hasOwnProperty @auth(scopes: ["admin"]) { constructor: String isPrototypeOf: String }

  type Query {
    open: String @public
    me: User
    users: [User]
    everyone: [User!]!
    admin: String @auth(scopes: ["admin"])
    constructor: String @auth(scopes: ["admin"])
    toString: String @auth(scopes: ["admin"])
    node(id: ID, kind: String): Node @public
    nodes: [Node] @public
    nested: [[Node]] @public
    sealed: [Node] @public
    item: Item @public
    hidden: Hidden
    labelled: Labelled @public
    titled: Titled @public
    owned: Owned @public
    safe: Safe
    safes: SafeConnection @public
    odd: hasOwnProperty
    plain: Open @public
    viewer: Query @public
    search(
      patch: Patch
      patches: [Patch!]
      sort: Sort
      sorts: [[Sort!]!]
      level: Level = LOW
      key: Key
      boss: Boss
      secret: String @auth(scopes: ["admin"])
      preset: String = "none" @auth(scopes: ["admin"])
    ): String @public
    prepare(input: Prepared, inputs: [Prepared!]): String @public
  }
  type Mutation {
    ping: String @public
    purge: String @auth(scopes: ["admin"])
    touch: User
    wrap: Wrapped @public
    search(patch: Patch, secret: String @auth(scopes: ["admin"])): String @public
  }
  type Wrapped @public { note: String node: Node query: Query }
  type Subscription {
    ticks: String @auth(scopes: ["admin"])
    users: User
    open(secret: String @auth(scopes: ["admin"])): String @public
  }
`

const secret = (name: string) => `${name} ${sentinel}`

/** A row of an ORM: data behind getters and methods. */
class Row {
  get ['__typename']() {
    return 'Safe'
  }
  get id() {
    return secret('id')
  }
  get code() {
    return () => secret('code')
  }
}

const user = (): object => ({
  __typename: 'User',
  id: 'user-1',
  name: 'Ada',
  email: secret('email'),
  phone: async () => secret('phone'),
  label: () => secret('label'),
  get title() {
    return 'Countess'
  },
  pin: Promise.resolve(secret('pin')),
  friends: () => [user()],
  level: 'HIGH',
  levels: [['HIGH'], ['HIGH', 'LOW']],
  keys: [[secret('key')]],
  safe: safe(),
  safes: [[safe()]],
  profile: { city: secret('city'), street: secret('street') },
})
const safe = () => ({ __typename: 'Safe', id: secret('safe'), code: secret('code') })
const vault = () => ({
  __typename: 'Vault',
  id: secret('vault'),
  seal: secret('seal'),
  content: secret('content'),
})
const open = () => ({
  __typename: 'Open',
  id: 'open-1',
  text: 'text',
  owner: () => secret('owner'),
  safe: safe(),
})

async function* events(touch: (name: string) => void, name: string, payload: unknown) {
  touch(`source of ${name}`)
  yield { [name]: payload }
}

/** One schema with a door of every kind. Its open parts answer to everybody; the rest is behind scopes. */
export const house: Source = {
  sdl,
  resolvers(touch) {
    const kept =
      <T>(name: string, value: () => T) =>
      () => {
        touch(name)
        return value()
      }
    const byKind: Record<string, () => unknown> = { user, safe, vault, open }
    return {
      Query: {
        open: () => 'open',
        me: user,
        users: () => [user(), user()],
        everyone: async () => [user(), Promise.resolve(user())],
        admin: kept('admin', () => secret('admin')),
        constructor: kept('constructor', () => secret('constructor')),
        toString: kept('toString', () => secret('toString')),
        node: (_: unknown, { kind }: { kind?: string }) => byKind[kind ?? 'safe']?.(),
        nodes: () => [open(), safe(), vault(), new Row()],
        nested: () => [[open()], [Promise.resolve(safe())], [new Row(), null]],
        sealed: () => [vault(), vault()],
        item: safe,
        hidden: kept('hidden', user),
        labelled: user,
        titled: user,
        owned: open,
        safe: kept('safe', safe),
        safes: () => ({ edges: [{ cursor: 'c', node: safe }], nodes: [safe()], count: 1 }),
        odd: kept('odd', () => ({})),
        plain: open,
        viewer: () => ({}),
        search: kept('search', () => secret('search')),
        prepare: kept('prepare', () => secret('prepare')),
      },
      Mutation: {
        ping: kept('ping', () => 'pong'),
        purge: kept('purge', () => secret('purge')),
        touch: kept('touch', user),
        wrap: kept('wrap', () => ({ note: 'note', node: safe(), query: {} })),
        search: kept('search', () => secret('search')),
      },
      hasOwnProperty: { constructor: () => secret('odd'), isPrototypeOf: () => secret('odd') },
      Subscription: {
        ticks: { subscribe: () => events(touch, 'ticks', secret('tick')) },
        users: { subscribe: () => events(touch, 'users', user()) },
        open: { subscribe: () => events(touch, 'open', secret('open')) },
      },
      User: {
        email: (parent: { email: string }) => {
          touch('email')
          return parent.email
        },
      },
      Safe: {
        code: (parent: { code: string }) => {
          touch('code')
          return parent.code
        },
      },
    }
  },
}
