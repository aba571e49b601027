import { describe } from 'vitest'
import { holding } from '../doors.js'
import { trap } from './trap.js'
import { untyped } from './world.js'

describe('mutations', () => {
  trap('one forbidden mutation stops those before it and those after it', {
    document: 'mutation { ping a: ping purge b: ping }',
  })
  trap('one forbidden mutation in a fragment stops the others', {
    document: 'mutation { ping ...F } fragment F on Mutation { ... { purge } }',
  })
  trap('a forbidden mutation that a variable includes stops the others', {
    document: 'mutation ($yes: Boolean = true) { ping purge @include(if: $yes) }',
  })
  trap('a forbidden field in a payload stops the mutation', {
    document: 'mutation { ping touch { name email } }',
  })
  trap('a forbidden field deep in a payload stops the mutation', {
    document: 'mutation { ping touch { friends { friends { ...F } } } } fragment F on User { phone }',
  })
  trap('a forbidden type in a payload stops the mutation', {
    document: 'mutation { ping touch { safe { id } } }',
  })
  trap('a forbidden query in a payload stops the mutation', {
    document: 'mutation { ping wrap { note query { admin } } }',
  })
  trap('a guarded type behind an interface in a payload is refused when it turns up', {
    document: 'mutation { wrap { note node { id ... on Safe { code } } } }',
    runs: ['wrap'],
  })
  trap('a forbidden introspection in a payload stops the mutation', {
    document: 'mutation { wrap { query { __schema { queryType { name } } me { email } } } }',
  })
})

describe('subscriptions', () => {
  trap('a forbidden subscription does not start its source', { document: 'subscription { ticks }' })
  trap('a forbidden subscription does not start for a stranger', {
    document: 'subscription { users { name } }',
    caller: () => null,
    bait: 'Ada',
    hides: ['Ada'],
  })
  trap('a forbidden field in the payload keeps the source from starting', {
    document: 'subscription { users { name email } }',
  })
  trap('a forbidden field in the payload is found in fragments', {
    document: 'subscription S { users { ...F } } fragment F on User { name friends { phone } }',
    operationName: 'S',
  })
  trap('a guarded argument keeps the source from starting', {
    document: 'subscription { open(secret: null) }',
  })
  trap('a forbidden subscription behind an alias does not start', {
    document: 'subscription { __proto__: ticks }',
  })
})

const invalid = () => ({ error: 'invalid_token', description: 'expired' }) as const
const twice = () => ({ error: 'invalid_request', description: 'two credentials' }) as const

describe('credentials', () => {
  trap('a bad credential is not a stranger: what it could not have is refused', {
    document: '{ open admin me { email } }',
    caller: invalid,
  })
  trap('a bad credential that names scopes holds none', {
    document: '{ admin me { email } }',
    caller: () => ({ ...invalid(), id: 'somebody', scopes: ['admin', 'email'] }),
  })
  trap('a bad credential ends a mutation whose payload only run time knows', {
    document: 'mutation { wrap { node { id } } }',
    caller: twice,
  })
  trap('an empty set of scopes opens nothing', {
    document: '{ admin me { email pin } }',
    caller: () => ({ id: 'somebody', scopes: [] }),
  })
  trap('scopes said twice are said once', {
    document: '{ admin me { pin } }',
    caller: () => ({ id: 'somebody', scopes: ['email', 'email', 'email', 'email'] }),
  })
  trap('scopes named like properties of objects are no scopes', {
    document: '{ admin constructor toString me { email } }',
    caller: () => ({
      id: 'somebody',
      scopes: ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'has'],
    }),
  })
  trap('a scope is not a pattern', {
    document: '{ admin me { email } }',
    caller: () => ({
      id: 'somebody',
      scopes: ['*', 'adm*', '.*', 'ADMIN', ' admin', 'admin ', 'admin email', ''],
    }),
  })
  trap('scopes in one string are no scopes', {
    document: '{ admin me { name email } }',
    caller: () => JSON.parse('{ "id": "somebody", "scopes": "admin email" }'),
  })
  trap('scopes in a list inside the list are no scopes', {
    document: '{ admin me { email } }',
    caller: () => JSON.parse('{ "id": "somebody", "scopes": [["admin"], { "0": "email" }, null, 1] }'),
  })
  trap('scopes inherited from a prototype of a list are no scopes', {
    document: '{ admin me { email } }',
    caller: () => ({ id: 'somebody', scopes: Object.setPrototypeOf([], ['admin', 'email']) }),
  })
  trap('somebody without a name is nobody', {
    document: '{ admin me { name email } }',
    caller: () => ({ id: '', scopes: ['admin', 'email'] }),
    hides: ['Ada'],
  })
  trap('a promise of a caller is nobody', {
    document: '{ admin me { name email } }',
    caller: () => untyped(Promise.resolve(holding('admin', 'email'))),
    hides: ['Ada'],
  })
  trap('a function is nobody', {
    document: '{ admin me { name email } }',
    caller: () => untyped(Object.assign(() => undefined, holding('admin', 'email'))),
    hides: ['Ada'],
  })
})
