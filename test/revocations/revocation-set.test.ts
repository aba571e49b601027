import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Reading, Revocable, RevocationEvent, RevocationKind } from '../../src/revocations/revocation.js'
import { createRevocationSet } from '../../src/revocations/revocation-set.js'
import { credential } from './revocation-world.js'

function setOf(horizon: number, ...events: Reading['events']) {
  const set = createRevocationSet()
  set.apply({ horizon, events })
  return set
}

test('A session that ended is refused, and no other one of the same user', () => {
  const set = setOf(0, [5, 'session', 's'])
  expect(set.isRevoked(credential({ userId: 'u', sessionId: 's', asOf: 4 }))).toBe(true)
  expect(set.isRevoked(credential({ userId: 'u', sessionId: 't', asOf: 4 }))).toBe(false)
})

test('What was issued in knowledge of an event is accepted, what was issued just before it is not', () => {
  const set = setOf(0, [5, 'user', 'u'])
  expect(set.isRevoked(credential({ userId: 'u', asOf: 4 }))).toBe(true)
  expect(set.isRevoked(credential({ userId: 'u', asOf: 5 }))).toBe(false)
  expect(set.isRevoked(credential({ userId: 'v', asOf: 4 }))).toBe(false)
})

test('A second event counts for what was issued between the two', () => {
  const set = setOf(0, [5, 'user', 'u'], [9, 'user', 'u'])
  expect(set.isRevoked(credential({ userId: 'u', asOf: 7 }))).toBe(true)
  expect(set.isRevoked(credential({ userId: 'u', asOf: 9 }))).toBe(false)
})

test('A signing key that was taken away proves nothing, whatever position its holder writes', () => {
  const set = setOf(0, [5, 'key', 'k'])
  expect(set.isRevoked(credential({ keyId: 'k', asOf: Number.MAX_SAFE_INTEGER }))).toBe(true)
  expect(set.isRevoked(credential({ keyId: 'l', asOf: 5 }))).toBe(false)
})

test('A client that was revoked is refused', () => {
  const set = setOf(0, [5, 'client', 'c'])
  expect(set.isRevoked(credential({ clientId: 'c', asOf: 4 }))).toBe(true)
  expect(set.isRevoked(credential({ clientId: 'd', asOf: 4 }))).toBe(false)
})

test('An id of one kind says nothing about the same id of another kind', () => {
  const set = setOf(0, [5, 'session', 'x'])
  expect(set.isRevoked(credential({ userId: 'x', clientId: 'x', keyId: 'x' }))).toBe(false)
})

test('Names that every object has are ids like others', () => {
  const set = setOf(0, [5, 'user', '__proto__'])
  expect(set.isRevoked(credential({ userId: '__proto__' }))).toBe(true)
  expect(set.isRevoked(credential({ userId: 'constructor', sessionId: 'toString' }))).toBe(false)
})

test('What is forgotten leaves memory, and what is older than that is refused', () => {
  const set = setOf(0, [5, 'user', 'u'], [6, 'session', 's'], [9, 'user', 'v'])
  expect(set.size()).toBe(3)
  set.apply({ horizon: 6, events: [] })
  expect(set.size()).toBe(1)
  expect(set.isRevoked(credential({ userId: 'somebody', asOf: 5 }))).toBe(true)
  expect(set.isRevoked(credential({ userId: 'somebody', asOf: 6 }))).toBe(false)
  expect(set.isRevoked(credential({ userId: 'v', asOf: 6 }))).toBe(true)
})

test('A credential that does not say what it knows is refused', () => {
  expect(setOf(1).isRevoked(credential({ asOf: Number.NaN }))).toBe(true)
})

const subjects = ['a', 'b', 'c'] as const
const kinds: readonly RevocationKind[] = ['session', 'user', 'client', 'key', 'everyone']

const logs = fc
  .array(fc.record({ kind: fc.constantFrom(...kinds), subject: fc.constantFrom(...subjects) }), {
    maxLength: 30,
  })
  .map((events) => events.map((event, index): RevocationEvent => ({ ...event, position: index + 1 })))

const credentials: fc.Arbitrary<Revocable> = fc.record({
  userId: fc.constantFrom(null, ...subjects),
  sessionId: fc.constantFrom(null, ...subjects),
  clientId: fc.constantFrom(...subjects),
  keyId: fc.constantFrom(null, ...subjects),
  asOf: fc.integer({ min: 0, max: 31 }),
})

/** The definition, by looking at the whole log. */
function isRevokedByDefinition(log: readonly RevocationEvent[], shown: Revocable): boolean {
  return log.some(({ position, kind, subject }) => {
    if (kind === 'key') return subject === shown.keyId
    if (position <= shown.asOf) return false
    if (kind === 'everyone') return true
    return subject === { session: shown.sessionId, user: shown.userId, client: shown.clientId }[kind]
  })
}

test('The set says what the whole log says, in whatever portions and however often it is read', () => {
  fc.assert(
    fc.property(logs, credentials, fc.array(fc.nat({ max: 30 })), (log, shown, starts) => {
      const set = createRevocationSet()
      for (const start of [...starts, 0]) {
        if (start > set.appliedPosition()) continue
        const events = log.slice(start, start + 7).map((event) => tuple(event))
        set.apply({ horizon: 0, events })
      }
      const known = log.filter(({ position }) => position <= set.appliedPosition())
      expect(set.isRevoked(shown)).toBe(isRevokedByDefinition(known, shown))
    }),
    { numRuns: 1000 },
  )
})

test('Forgetting never lets anything in, and keeps nothing out that is young enough', () => {
  fc.assert(
    fc.property(logs, credentials, fc.nat({ max: 30 }), (log, shown, horizon) => {
      const set = setOf(horizon, ...log.map(tuple))
      const expected = shown.asOf < horizon || isRevokedByDefinition(log, shown)
      expect(set.isRevoked(shown)).toBe(expected)
    }),
    { numRuns: 1000 },
  )
})

function tuple({ position, kind, subject }: RevocationEvent) {
  return [position, kind, subject] as const
}
