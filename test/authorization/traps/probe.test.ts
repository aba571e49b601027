import { execute, parse } from 'graphql'
import { expect, test } from 'vitest'
import { ask, askBare, createSubject, holding } from '../doors.js'
const S = 'sentinel'
const show = (name: string, v: unknown) => console.log(name, JSON.stringify(v))

test('undeclared dependsOn', async () => {
  const it = createSubject(`type Query { xs: [X] @public } type X @public { s: String @auth(policies: ["own"]) }`,
    { Query: { xs: () => [{ s: 'mine', own: true }, { s: S, own: false }] } },
    { policies: { own: { check: ({ parent }: any) => parent.own } } as any })
  show('dependsOn', await ask(it, { document: '{ xs { s } }', caller: holding() }))
})
test('getter id', async () => {
  const it = createSubject(`type Query { s: String @auth(policies: ["no"]) }`, { Query: { s: () => S } }, { policies: { no: { dependsOn: 'request', check: () => false } } })
  for (let k = 0; k < 6; k++) {
    let n = 0
    const caller = { get id() { return n++ === k ? '' : 'x' }, scopes: [] as string[] }
    show('getter id ' + k, [await askBare(it, { document: '{ s }', caller })])
  }
})
test('getter scopes throws', async () => {
  const it = createSubject(`type Query { s: String @auth }`, { Query: { s: () => 'ok' } })
  for (const caller of [{ id: 'x', get scopes(): string[] { throw new Error(S) } }, { id: 'x', scopes: new Proxy([] as string[], { get() { throw new Error(S) } }) }]) {
    show('getter scopes bare', await askBare(it, { document: '{ s }', caller }).catch((e) => `threw ${e.message}`))
    show('getter scopes plan', await ask(it, { document: '{ s }', caller }).catch((e) => `threw ${e.message}`))
  }
})
test('thenable', async () => {
  const answers: any[] = [{ then() { throw new Error(S) } }, { then(ok: any) { ok(Promise.reject(new Error(S))) } }]
  for (const a of answers) {
    const it = createSubject(`type Query { s: String @auth(policies: ["no"]) }`, { Query: { s: () => 'data' } }, { policies: { no: { dependsOn: 'request', check: () => a } } })
    show('thenable', await ask(it, { document: '{ s }', caller: holding() }))
    const b = createSubject(`type Query { s: String @auth(policies: ["no"]) }`, { Query: { s: () => 'data' } }, { policies: { no: { dependsOn: 'request', batch: () => a } } })
    show('thenable batch', await ask(b, { document: '{ s }', caller: holding() }))
  }
})
test('__proto__ variable', async () => {
  const it = createSubject(`input P { role: String @auth(scopes: ["admin"]) n: Int } type Query { s(ps: [P], p: P): String @public }`, { Query: { s: (_: unknown, a: unknown) => S + JSON.stringify(a) } })
  const variables = JSON.parse('{"__proto__": {"role": "ADMIN"}}')
  for (const document of ['query($__proto__: P) { s(ps: [$__proto__]) }', 'query($__proto__: P) { s(p: $__proto__) }', 'query($__proto__: [P]) { s(ps: $__proto__) }'])
    for (const door of [ask, askBare]) show('proto ' + document, await door(it, { document, variables, caller: holding() }))
})
test('default by type', async () => {
  const it = createSubject(`interface I @public { s(level: Int): String @auth(policies: ["low"]) } type A implements I @public { s(level: Int = 0): String @public }  type B implements I @public { s(level: Int = 9): String } type Query { is: [I] @public }`.replace('String @public }', 'String }'),
    { Query: { is: () => [{ __typename: 'A', s: 'ok' }, { __typename: 'B', s: S }] } }, { policies: { low: { dependsOn: 'arguments', check: ({ args }: any) => args.level < 5 } } })
  show('default by type', await ask(it, { document: '{ is { s } }', caller: holding() }))
})
test('same-size swap', async () => {
  const it = createSubject(`type Query { a: String @auth(scopes: ["admin"]) b: String @auth(scopes: ["admin"]) }`, { Query: { a: (_: unknown, __: unknown, c: any) => { c.caller.scopes.delete('admin'); c.caller.scopes.add('read'); return 'a' }, b: () => S } })
  show('swap', await ask(it, { document: '{ a b }', caller: holding('admin') }))
})
test('plan on implementer arg', async () => {
  const it = createSubject(`interface I @public { s(x: Int): String } type A implements I @public { s(x: Int @auth(scopes: ["admin"])): String } type Query { i: I @public }  type Mutation { m: I @public }`,
    { Query: { i: () => ({ __typename: 'A', s: S }) }, Mutation: { m: () => ({ __typename: 'A', s: S }) } })
  const doc = parse('{ i { s(x: 1) } }')
  show('plan impl arg', it.authorization.plan(doc, null, {}, holding()))
  show('guard impl arg', await ask(it, { document: '{ i { s(x: 1) } }', caller: holding() }))
})
test('publicUnder door', async () => {
  const it = createSubject(`type U @auth { n: String } type Query { me: U @public }`, { Query: { me: () => ({ n: S }) } }, { publicUnder: ['Query.me'] })
  show('publicUnder bare', await askBare(it, { document: '{ me { __typename } }' }))
  show('publicUnder', await ask(it, { document: '{ me { __typename } }' }))
})
test('duplicate operations, introspection off', async () => {
  const it = createSubject(`type Query { open: String @public s: String @auth }`, {}, { introspection: 'off' })
  show('dup op', await ask(it, { document: 'query A { open } query A { __schema { queryType { name } } }', operationName: 'A' }))
  show('dup dir', await ask(it, { document: '{ open __schema @include(if: true) @include(if: false) { queryType { name } } }' }))
  show('dup dir skip', await ask(it, { document: '{ open __schema @skip(if: false) @skip(if: true) { queryType { name } } }' }))
})
test('untyped abstract value', async () => {
  const it = createSubject(`interface I @public { id: ID } type A implements I @auth(scopes: ["admin"]) { id: ID email: String } type Query { i: I @public }`, { Query: { i: () => ({ id: 1, email: S }) } })
  show('untyped', await ask(it, { document: '{ i { id } }' }))
})
test('collapse swallows', async () => {
  const it = createSubject(`type Query { xs: [X] @public s: String @auth } type X @public { s: String }`, { Query: { xs: () => [{}, {}] }, X: { s: () => { const e: any = new Error('own'); e.extensions = { coordinate: 'c', code: 'Q' }; throw e } } })
  show('collapse', await ask(it, { document: '{ xs { s } }' }))
})
