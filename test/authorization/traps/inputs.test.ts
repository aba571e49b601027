import { describe } from 'vitest'
import { trap } from './trap.js'

const admin = { role: 'admin' }

describe('arguments', () => {
  trap('a guarded argument is refused as a literal', { document: '{ search(secret: "x") }' })
  trap('a guarded argument is refused as explicit null', { document: '{ search(secret: null) }' })
  trap('a guarded argument is refused as a variable', {
    document: 'query ($s: String) { search(secret: $s) }',
    variables: { s: 'x' },
  })
  trap('a guarded argument is refused as a variable that is null', {
    document: 'query ($s: String) { search(secret: $s) }',
    variables: { s: null },
  })
  trap('a guarded argument is refused as the default of a variable', {
    document: 'query ($s: String = "x") { search(secret: $s) }',
  })
  trap('a guarded argument is refused as a default that is null', {
    document: 'query ($s: String = null) { search(secret: $s) }',
  })
  trap('a guarded argument with a default in the schema is refused when it is given', {
    document: '{ search(preset: "none") }',
  })
  trap('a variable named __proto__ is a variable', {
    document: 'query ($__proto__: Patch) { search(patches: [$__proto__]) }',
    variables: JSON.parse('{ "__proto__": { "role": "admin" } }'),
  })
  trap('a variable named constructor is a variable', {
    document: 'query ($constructor: Patch) { search(patch: $constructor) }',
    variables: { constructor: admin },
  })
  trap('an argument is refused on a field behind an alias in a fragment', {
    document: 'query { ...F } fragment F on Query { x: search(secret: "x") }',
  })
})

describe('input objects', () => {
  trap('a guarded input field is refused in a literal', { document: '{ search(patch: { role: "admin" }) }' })
  trap('a guarded input field is refused as null', { document: '{ search(patch: { role: null }) }' })
  trap('a guarded input field is refused in a variable', {
    document: 'query ($p: Patch) { search(patch: $p) }',
    variables: { p: admin },
  })
  trap('a guarded input field is refused as null in a variable', {
    document: 'query ($p: Patch) { search(patch: $p) }',
    variables: { p: { role: null } },
  })
  trap('a guarded input field is refused by a variable inside a literal', {
    document: 'query ($r: String) { search(patch: { name: "n", role: $r }) }',
    variables: { r: 'admin' },
  })
  trap('a guarded input field is refused by the default of a variable inside a literal', {
    document: 'query ($r: String = "admin") { search(patch: { role: $r }) }',
  })
  trap('a guarded input field is refused in the default of a variable', {
    document: 'query ($p: Patch = { inner: { role: "admin" } }) { search(patch: $p) }',
  })
  trap('a guarded input field is refused at any depth', {
    document: '{ search(patch: { inner: { inner: { inner: { role: "admin" } } } }) }',
  })
  trap('a guarded input field is refused in a list', {
    document: '{ search(patch: { list: [{ name: "a" }, { name: "b", role: "admin" }] }) }',
  })
  trap('a guarded input field is refused in a list of lists from a variable', {
    document: 'query ($p: Patch) { search(patch: $p) }',
    variables: { p: { grid: [[{ name: 'a' }], [{ list: [{ inner: admin }] }]] } },
  })
  trap('a guarded input field is refused in an object that stands for a list of one', {
    document: 'query ($p: [Patch!]) { search(patches: $p, patch: { list: { role: "admin" } }) }',
    variables: { p: admin },
  })
  trap('a guarded input field is refused by a variable in a list literal', {
    document: 'query ($p: Patch!) { search(patches: [{ name: "a" }, $p]) }',
    variables: { p: admin },
  })
  trap('a guarded input object is refused though it is empty', {
    document: '{ search(boss: {}) }',
  })
  trap('a guarded input object is refused as null', {
    document: 'query ($b: Boss) { search(patch: { boss: $b }) }',
    variables: { b: null },
  })
  trap('a guarded input object is refused inside another', { document: '{ search(patch: { boss: {} }) }' })
  trap('what a guarded field with a default is given counts, were it the default', {
    document: '{ prepare(input: { role: "member" }) }',
  })
  trap('what a guarded field with a default is given in a variable counts', {
    document: 'query ($i: [Prepared!]) { prepare(inputs: $i) }',
    variables: { i: [{ name: 'a', role: 'member' }] },
  })
  trap('fields inherited by a variable count, as execution reads them', {
    document: 'query ($p: Patch) { search(patch: $p) }',
    variables: { p: Object.create(admin) },
  })
})

describe('enums and scalars', () => {
  trap('a guarded enum value is refused as a literal', { document: '{ search(sort: SALARY) }' })
  trap('a guarded enum value is refused in a variable', {
    document: 'query ($s: Sort) { search(sort: $s) }',
    variables: { s: 'SALARY' },
  })
  trap('a guarded enum value is refused as the default of a variable', {
    document: 'query ($s: Sort = SALARY) { search(sort: $s) }',
  })
  trap('a guarded enum value is refused in a list of lists', {
    document: 'query ($s: [Sort!]) { search(sorts: [[NAME], $s]) }',
    variables: { s: ['NAME', 'SALARY'] },
  })
  trap('a guarded enum value is refused in an input object', {
    document: 'query ($p: Patch) { search(patch: { inner: { sort: SALARY } }, patches: [$p]) }',
    variables: { p: { name: 'a' } },
  })
  trap('a guarded enum is refused as an input', { document: '{ search(level: HIGH) }' })
  trap('a guarded enum is refused as null', { document: '{ search(level: null) }' })
  trap('a guarded scalar is refused as an input', { document: '{ search(key: "k") }' })
  trap('a guarded scalar is refused whatever it is made of', {
    document: 'query ($k: Key) { search(patch: { key: { a: [1, $k] } }) }',
    variables: { k: null },
  })
})

describe('mutations and inputs', () => {
  trap('a mutation with a guarded input does not run, nor does its neighbour', {
    document: 'mutation ($p: Patch) { ping search(patch: $p) }',
    variables: { p: { inner: admin } },
  })
  trap('a mutation with a guarded argument does not run before it is refused', {
    document: 'mutation { ping a: search(patch: { name: "n" }) b: search(secret: null) }',
  })
})
