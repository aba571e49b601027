import { makeExecutableSchema } from '@graphql-tools/schema'
import { GraphQLError, type GraphQLResolveInfo, GraphQLScalarType } from 'graphql'
import { createAuthorization, type Mode } from '../../src/authorization/index.js'
import type { Tape } from '../authorization/properties/tape.js'

/** A schema with everything that execution can meet, some of it guarded, and data that is often not what it promises. */
const sdl = /* GraphQL */ `
  scalar Odd
  enum Colour { RED BLUE }
  interface Node @public { id: ID name: String next: Node }
  interface Guarded @auth(scopes: ["s1"]) { id: ID }
  type A implements Node @public {
    id: ID
    name: String
    next: Node
    must: String!
    whole: Int
    real: Float
    flag: Boolean
    odd: Odd
    colour: Colour
    words: [String]
    grid: [[Int]!]
    secret: String @auth(scopes: ["s1"])
    sealed: Int! @auth(scopes: ["s2"])
    asked: String @auth(policies: ["isOdd"])
    told(x: Int = 3, words: [String!]): String
    aged(x: Int! = 3): String
    agedSecret(x: Int! = 3): String @auth(scopes: ["s1"])
    guardedCall(x: Int): String @auth(scopes: ["s2"])
    peer: B
    peers: [B]
    sure: [B!]
    any: Any
    many: [Any]
  }
  type B implements Node @public {
    id: ID
    name: String
    next: Node
    must: Int!
    secret: String @auth(scopes: ["s2"], orPolicies: ["isOdd"])
    secrets: [A] @auth(scopes: ["s1"])
    back: A
  }
  type C implements Guarded @auth(scopes: ["s3"]) { id: ID must: String! up: Any }
  union Any @public = A | B | C
  type Query @public {
    a: A
    aMust: A!
    b: B
    as: [A]
    node: Node
    nodes: [Node!]
    any: Any
    guarded: Guarded
    word(of: String!): String
  }
  type Mutation @auth { a: A b: B word(of: String): String }
`

/** A serializer that refuses some values, and answers nothing for others. */
const odd = new GraphQLScalarType({
  name: 'Odd',
  serialize(value) {
    if (value === 'nothing') return null
    if (typeof value === 'number' && value % 2 === 1) return { odd: value }
    throw new GraphQLError('Not odd.', { extensions: { code: 'EVEN' } })
  },
})

export type ZooContext = { caller: { id: string; scopes: ReadonlySet<string> } | null; calls: string[] }

type Held = Readonly<Record<string, unknown>>

/** What a type resolver is told of its place. */
function tell(what: string, { calls }: ZooContext, { path, fieldName }: GraphQLResolveInfo): true {
  calls.push(JSON.stringify([what, fieldName, path]))
  return true
}

const told = (source: Held, args: unknown, { calls }: ZooContext, info: GraphQLResolveInfo) => {
  const { path, fieldNodes, returnType, variableValues } = info
  const keys: (string | number)[] = []
  for (let at: typeof path | undefined = path; at; at = at.prev) keys.unshift(at.key, at.typename ?? '')
  calls.push(JSON.stringify([keys, args, fieldNodes.length, String(returnType), variableValues]))
  return source[info.fieldName]
}

export function createZoo(mode: Mode = 'partial') {
  const authorization = createAuthorization<ZooContext>({
    scopes: { s1: {}, s2: {}, s3: {} },
    mode,
    callerOf: ({ caller }) => caller,
    policies: { isOdd: { dependsOn: 'parent', check: ({ parent }) => Number(parent['seed']) % 2 === 1 } },
  })
  const schema = authorization.protect(
    makeExecutableSchema<ZooContext>({
      typeDefs: [authorization.typeDefs, sdl],
      resolvers: {
        Odd: odd,
        A: { told, guardedCall: told, peer: told, any: told },
        B: {
          back: told,
          __isTypeOf: ({ seed }: Held, context: ZooContext, info: GraphQLResolveInfo) =>
            tell('isTypeOf', context, info) && Number(seed) % 7 === 0
              ? Promise.resolve(true)
              : Number(seed) % 11 !== 0,
        },
        Any: {
          __resolveType: ({ seed, type }: Held, context: ZooContext, info: GraphQLResolveInfo) =>
            tell('resolveType', context, info) && (Number(seed) % 3 === 0 ? Promise.resolve(type) : type),
        },
        Node: { __resolveType: ({ type }: Held) => (type === 'C' ? undefined : type) },
        Guarded: { __resolveType: ({ type }: Held) => type },
        Query: { word: (_: unknown, { of }: { of: string }) => of, as: told },
        Mutation: { a: told, word: told },
      },
    }),
  )
  return { authorization, schema }
}

class Animal {
  readonly seed: number
  readonly type: string
  readonly __typename: string
  constructor(seed: number, type: string) {
    this.seed = seed
    this.type = type
    this.__typename = type
  }
}

/** Values that a field promises, and what turns up in their place. */
export function drawAnimal(tape: Tape, type: 'A' | 'B' | 'C', depth: number): object {
  const seed = tape.below(100)
  const held: Record<string, unknown> =
    tape.rarely(4) === 'yes' ? Object.assign(new Animal(seed, type)) : { seed, type, __typename: type }
  const nasty = (name: string) => new Error(`${name} of ${seed}`)

  /** `sure` where graphql-js would leave a rejection to nobody. */
  function put(name: string, good: () => unknown, kind: 'any' | 'sure' = 'any') {
    const surprises = [
      () => null,
      () => undefined,
      () => nasty(name),
      () => 42.5,
      () => () => good(),
      () => () => {
        throw nasty(name)
      },
      ...(kind === 'sure'
        ? []
        : [() => Promise.resolve(good()), () => Promise.resolve(null), () => Promise.reject(nasty(name))]),
    ]
    if (tape.rarely(25) === 'yes') {
      Object.defineProperty(held, name, {
        get() {
          throw nasty(name)
        },
      })
      return
    }
    if (tape.rarely(3) === 'no') {
      held[name] = good()
      return
    }
    const value = surprises[tape.below(surprises.length)]?.()
    // Whoever looks at it hears of the rejection; who does not, need not.
    if (value instanceof Promise) value.catch(() => undefined)
    held[name] = value
  }

  const deeper = (of: 'A' | 'B' | 'C') => () => (depth > 0 ? drawAnimal(tape, of, depth - 1) : null)
  const other = () => deeper(tape.pick(['A', 'B', 'C']))()
  const listOf = (item: () => unknown) => {
    const items = Array.from({ length: tape.below(4) }, item)
    return tape.pick([() => items, () => items, () => new Set(items), () => items.values()])()
  }
  put('id', () => tape.pick<unknown>(['1', 2, {}]))
  put('name', () => `n${seed}`)
  put('must', () => (type === 'B' ? seed : `m${seed}`), type === 'A' ? 'any' : 'sure')
  if (type === 'C') put('up', other)
  if (type !== 'C') put('next', other)
  put('secret', () => `s${seed}`)
  if (type === 'B') {
    put('secrets', () => listOf(deeper('A')))
    put('back', deeper('A'))
  }
  if (type !== 'A') return held
  put('whole', () => tape.pick<unknown>([1, -0, 2 ** 31, '7', true]))
  put('real', () => tape.pick<unknown>([1.5, Number.NaN, '2.5', false]))
  put('flag', () => tape.pick<unknown>([true, 0, 'yes']))
  put('odd', () => tape.pick<unknown>([1, 2, 'nothing']))
  put('colour', () => tape.pick(['RED', 'BLUE', 'GREEN']))
  put('words', () => listOf(() => tape.pick<unknown>(['w', null, 3, Promise.resolve('p'), nasty('word')])))
  put('grid', () => listOf(() => tape.pick<unknown>([[1, 2], [], null, [null, 'x']])), 'sure')
  put('sealed', () => seed)
  put('asked', () => `asked${seed}`)
  put('told', () => `told${seed}`)
  put('aged', () => `aged${seed}`)
  put('agedSecret', () => `agedSecret${seed}`)
  put('guardedCall', () => 'called')
  put('peer', deeper('B'))
  put('peers', () => listOf(tape.rarely(3) === 'yes' ? () => Promise.resolve(deeper('B')()) : deeper('B')))
  put('sure', () => listOf(deeper('B')))
  put('any', other)
  put('many', () => listOf(other))
  return held
}

export function drawRoot(tape: Tape): object {
  return {
    a: drawAnimal(tape, 'A', 2),
    aMust: drawAnimal(tape, 'A', 1),
    b: drawAnimal(tape, 'B', 2),
    as: [drawAnimal(tape, 'A', 1), drawAnimal(tape, 'A', 2), null, drawAnimal(tape, 'A', 0)],
    node: drawAnimal(tape, tape.pick(['A', 'B', 'C']), 2),
    nodes: [drawAnimal(tape, 'A', 1), drawAnimal(tape, 'B', 1)],
    any: drawAnimal(tape, tape.pick(['A', 'B', 'C']), 2),
    guarded: drawAnimal(tape, 'C', 1),
    word: 'word',
  }
}
