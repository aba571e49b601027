import { describe } from 'vitest'
import { holding } from '../doors.js'
import { trap } from './trap.js'

const stranger = () => null

describe('fields', () => {
  trap('a field that needs a scope is refused without it', { document: '{ me { email } }' })
  trap('a field added by `extend type` is refused like any other', { document: '{ me { phone } }' })
  trap('a type rule in an extension adds to that of the type', {
    document: '{ me { profile { street } } }',
    caller: () => holding('other'),
  })
  trap('the rule of a field adds to both rules of its type', {
    document: '{ me { profile { city } } }',
    caller: () => holding('email'),
  })
  trap('a scope that implies another is not implied by it', {
    document: '{ admin me { pin } }',
    caller: () => holding('write', 'read', 'email', 'other'),
  })
  trap('a stranger gets nothing of a type for signed-in callers', {
    document: '{ me { name } users { name } everyone { name } }',
    caller: stranger,
    bait: 'Ada',
    hides: ['Ada'],
  })
  trap('a refused non-null field does not show itself by what is left of its parent', {
    document: '{ me { name pin } }',
    hides: ['Ada'],
  })
  trap('a refused non-null field takes a list of non-null items with it', {
    document: '{ everyone { name pin } }',
    hides: ['Ada'],
  })
  trap('a field of a list is refused for each item', { document: '{ users { friends { email label } } }' })
  trap('a method that returns a promise is not called', { document: '{ me { friends { phone } } }' })
  trap('a method of a property is not called', { document: '{ me { label } }' })
  trap('a field named like a method of objects is refused', { document: '{ constructor toString }' })
  trap('a type named like a method of objects is refused', {
    document: '{ odd { constructor isPrototypeOf } }',
  })
  trap('the root type reached through a field of itself is guarded all the same', {
    document: '{ viewer { viewer { admin constructor me { email } safe { code } } } }',
  })
})

describe('the rule of what is returned', () => {
  trap('a type that needs a scope closes each field that returns it', { document: '{ safe { code } }' })
  trap('a list of lists of a guarded type is closed', { document: '{ me { safes { id } } }' })
  trap('a guarded enum is refused as the value of a field', {
    document: '{ me { level } }',
    bait: 'HIGH',
    hides: ['HIGH'],
  })
  trap('a guarded enum is refused in a list of lists', {
    document: '{ me { levels } }',
    bait: 'HIGH',
    hides: ['HIGH'],
  })
  trap('a guarded scalar is refused in a list of lists', {
    document: '{ me { keys } }',
  })
  trap('a guarded type closes a field of an open type', { document: '{ plain { safe { id code } } }' })
})

describe('abstract types', () => {
  trap('a type that implements an open interface keeps its rule', { document: '{ node { id } }' })
  trap('the name of a guarded type does not show behind an interface', {
    document: '{ node { __typename } }',
    bait: 'Safe',
    hides: ['Safe'],
  })
  trap('the name of a guarded type does not show under an alias', {
    document: '{ node { t: __typename ... on Node { u: __typename } } item { __typename } }',
    bait: 'Safe',
    hides: ['Safe'],
  })
  trap('the name of a guarded type does not show in a list of lists', {
    document: '{ nested { __typename } nodes { __typename } }',
    bait: 'Safe',
    hides: ['Safe', 'Vault'],
  })
  trap('an inline fragment on the guarded type opens nothing', {
    document: '{ node { ... on Safe { code id } } }',
  })
  trap('a guarded member of an open union is refused', { document: '{ item { ... on Safe { code } } }' })
  trap('a guarded union closes its open members', {
    document: '{ hidden { ... on Open { text } } }',
    bait: '{',
  })
  trap('a guarded union closes the fields that return it, whatever is selected', {
    document: '{ hidden { __typename ... on User { name email } } }',
    bait: 'User',
    hides: ['User'],
  })
  trap('the rule of an interface holds for a type that says nothing', {
    document: '{ sealed { id ... on Vault { content } } }',
  })
  trap('the rule of an interface holds when the type is reached by another interface', {
    document: '{ node(kind: "vault") { id ... on Vault { seal content } } }',
  })
  trap('the rule of an interface field holds for its implementers', {
    document: '{ me { label } labelled { ... on User { label } } }',
  })
  trap('the rule of an interface field holds through an interface that implements it', {
    document: '{ titled { label } labelled { ... on Titled { label } } }',
  })
  trap('a guarded interface in a fragment on an open one opens nothing', {
    document: '{ nodes { ... on Sealed { id seal } } }',
  })
  trap('a class instance is what its __typename says', { document: '{ nodes { ... on Safe { code id } } }' })
  trap('nodes of a connection are refused by edges and by nodes', {
    document: '{ safes { edges { cursor node { id code } } nodes { id code } } }',
  })
  trap('the count of a connection is refused like a field', {
    document: '{ safes { count } }',
    bait: '1',
    hides: ['1'],
  })
  trap('an argument with a rule on the implementer alone is refused through the interface', {
    document: '{ owned { owner(full: true) } }',
  })
})

describe('fragments, aliases and directives', () => {
  trap('an alias hides nothing', { document: '{ open: admin a: me { name: email id: phone } }' })
  trap('an alias named __proto__ hides nothing', { document: '{ __proto__: admin me { __proto__: email } }' })
  trap('aliases named like methods of objects hide nothing', {
    document: '{ constructor: admin hasOwnProperty: me { toString: email valueOf: phone } }',
  })
  trap('an alias named __typename hides nothing', { document: '{ me { __typename: email } }' })
  trap('a fragment opens nothing', {
    document: 'fragment F on User { ...G } fragment G on User { email phone } { me { ...F } }',
  })
  trap('a fragment on an interface opens nothing', {
    document: 'fragment L on Labelled { label } { me { ...L } titled { ...L } labelled { ...L } }',
  })
  trap('an inline fragment without a type opens nothing', {
    document: '{ ... { ... { admin me { email } } } }',
  })
  trap('a fragment that is spread in many places is refused in each', {
    document: 'fragment F on User { email } { a: me { ...F } b: users { ...F friends { ...F } } }',
  })
  trap('a field that is selected twice is refused as one', {
    document: '{ me { ...on User { email } email ... @include(if: true) { email } } }',
  })
  trap('fragments of another operation in the document change nothing', {
    document:
      'query A { me { ...F } } query B { me { ...G } } fragment F on User { email ...G } fragment G on User { phone }',
    operationName: 'A',
  })
  trap('the operation that was asked for is the one that is judged', {
    document: 'query Fine { open } query Asked { admin me { email } } mutation Third { ping }',
    operationName: 'Asked',
  })
  trap('@include(if: true) includes', { document: '{ me @include(if: true) { email @include(if: true) } }' })
  trap('@skip(if: false) does not skip', { document: '{ me @skip(if: false) { email @skip(if: false) } }' })
  trap('@include by a variable', {
    document: 'query ($yes: Boolean!) { me { email @include(if: $yes) } }',
    variables: { yes: true },
  })
  trap('@include by the default of a variable', {
    document: 'query ($yes: Boolean = true) { admin @include(if: $yes) me { email @include(if: $yes) } }',
  })
  trap('@skip by the default of a variable', {
    document: 'query ($no: Boolean! = false) { ... @skip(if: $no) { admin me { email } } }',
  })
  trap('a variable beats its default in a directive', {
    document: 'query ($yes: Boolean = false) { me { email @include(if: $yes) } }',
    variables: { yes: true },
  })
  trap('@skip and @include that agree', {
    document: 'query ($a: Boolean!, $b: Boolean!) { me { email @skip(if: $a) @include(if: $b) } }',
    variables: { a: false, b: true },
  })
  trap('a field that is skipped here and included there is included', {
    document: 'query ($x: Boolean!) { me { email @skip(if: $x) ... @include(if: $x) { email } } }',
    variables: { x: true },
  })
  trap('a plan remembered for one setting of a switch does not serve another', {
    document: 'query ($__proto__: Boolean!) { me { email @include(if: $__proto__) } }',
    variables: JSON.parse('{ "__proto__": true }'),
    bait: 'data',
  })
})
