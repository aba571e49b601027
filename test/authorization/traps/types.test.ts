import { untyped, type Source, sentinel } from './world.js'
import { trap } from './trap.js'

const sdl = /* GraphQL */ `
  union Hit @public = Open | Secret
  type Open @public { id: ID }
  type Secret @auth(scopes: ["admin"]) { word: String }
  type Query { search: [Hit] @public }
`

const thenables: Readonly<Record<string, () => unknown>> = {
  'a proxy that answers nothing but `then`': () => {
    const promise = Promise.resolve('Secret')
    return new Proxy({}, { get: (_, key) => (key === 'then' ? promise.then.bind(promise) : undefined) })
  },
  'a function that can be waited for': () => {
    const promise = Promise.resolve('Secret')
    // oxlint-disable-next-line unicorn/no-thenable -- the trap
    return Object.assign(() => {}, { then: promise.then.bind(promise) })
  },
  'one that resolves to another': () => ({
    // oxlint-disable-next-line unicorn/no-thenable -- the trap
    then: (take: (value: unknown) => unknown) => Promise.resolve(take(Promise.resolve('Secret'))),
  }),
}

for (const [name, make] of Object.entries(thenables)) {
  const source: Source = {
    sdl,
    resolvers: () => ({
      Query: { search: () => [{ word: sentinel }] },
      Hit: { __resolveType: () => untyped(make()) },
    }),
  }
  trap(`a guarded type behind a type resolver that returns ${name}`, {
    document: '{ search { ... on Secret { word } } }',
    source,
  })
}
