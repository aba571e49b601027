import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { grantedScopes, scopeCeiling } from '../../src/sessions/granted-scopes.js'

const implied: Record<string, readonly string[]> = {
  'users:write': ['users:write', 'users:read'],
  'users:read': ['users:read'],
  'users:email': ['users:email'],
  'profile:read': ['profile:read'],
}
const expand = (names: readonly string[]) =>
  new Set(names.flatMap((name) => (Object.hasOwn(implied, name) ? (implied[name] ?? []) : [])))

test('with no ceiling, a session has what the roles give, word for word', () => {
  expect(grantedScopes(null, ['users:write', 'profile:read'], expand)).toEqual([
    'profile:read',
    'users:write',
  ])
})

test('what was asked for is granted as far as the roles reach', () => {
  expect(grantedScopes(['users:email', 'profile:read'], ['profile:read'], expand)).toEqual(['profile:read'])
  expect(grantedScopes(['users:email'], ['profile:read'], expand)).toEqual([])
})

test('a scope is within reach when another one implies it', () => {
  expect(grantedScopes(['users:read'], ['users:write'], expand)).toEqual(['users:read'])
})

test('a ceiling covers what it implies, when the roles no longer give all of it', () => {
  expect(grantedScopes(['users:write'], ['users:write'], expand)).toEqual(['users:write'])
  expect(grantedScopes(['users:write'], ['users:read'], expand)).toEqual(['users:read'])
})

test('names that are no scopes are left out of a ceiling, names twice asked for count once', () => {
  const asked = ['users:write', 'users:destroy', '__proto__', 'users:write', '', 'profile:read']
  expect(scopeCeiling(asked, expand)).toEqual(['profile:read', 'users:write'])
})

test('a grant never exceeds the ceiling nor the roles, and lacks nothing that both allow', () => {
  const scopes = fc.uniqueArray(fc.constantFrom(...Object.keys(implied)))
  fc.assert(
    fc.property(scopes, scopes, (ceiling, given) => {
      const granted = expand(grantedScopes(ceiling, given, expand))
      const both = [...expand(ceiling)].filter((name) => expand(given).has(name))
      expect(granted).toEqual(new Set(both))
    }),
  )
})
