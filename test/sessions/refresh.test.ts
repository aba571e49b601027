import { readFile } from 'node:fs/promises'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { refreshAction, rotation, standingOf, transitions } from '../../src/sessions/refresh.js'
import { expiryOf, type Session } from '../../src/sessions/session.js'

const lifetime = { idleSeconds: 1000, absoluteSeconds: 3000, graceSeconds: 30 }
const start = new Date('2026-01-01T00:00:00.000Z')
const seconds = (count: number) => new Date(start.getTime() + count * 1000)
const hash = (name: string | number) => Buffer.from(String(name).padStart(32))

const fresh: Session = {
  id: 'a session',
  userId: 'a user',
  clientId: 'a client',
  scopeCeiling: null,
  scopes: ['profile:read'],
  device: null,
  address: null,
  generation: 0,
  familyHash: hash('family'),
  tokenHash: hash(0),
  previousTokenHash: null,
  sealedReply: null,
  rotatedAt: null,
  authenticatedAt: start,
  createdAt: start,
  lastUsedAt: start,
  expiresAt: expiryOf(start, start, lifetime),
  endedAt: null,
  endReason: null,
}

function rotate(session: Session, at: Date): Session {
  const generation = session.generation + 1
  const successor = {
    tokenHash: hash(generation),
    sealedReply: Buffer.from([generation]),
    scopes: [],
    address: null,
  }
  return { ...session, ...rotation(session, successor, at, lifetime) }
}

const actionFor = (session: Session, generation: number, at: Date) =>
  refreshAction(session, hash(generation), at, lifetime)

describe('the refresh machine', () => {
  test('exchanges the current token', () => {
    expect(actionFor(fresh, 0, seconds(999))).toBe('rotate')
  })

  test('repeats the successor for the token before it, up to the end of the grace', () => {
    const rotated = rotate(fresh, seconds(10))
    expect(actionFor(rotated, 0, seconds(10))).toBe('repeat')
    expect(actionFor(rotated, 0, seconds(39.999))).toBe('repeat')
    expect(actionFor(rotated, 0, seconds(40))).toBe('end')
  })

  test('repeats nothing once the successor was used', () => {
    const rotatedTwice = rotate(rotate(fresh, seconds(10)), seconds(11))
    expect(actionFor(rotatedTwice, 0, seconds(12))).toBe('end')
    expect(actionFor(rotatedTwice, 1, seconds(12))).toBe('repeat')
    expect(actionFor(rotatedTwice, 2, seconds(12))).toBe('rotate')
  })

  test('ends the family for a token that carries its secret and was never issued', () => {
    expect(actionFor(fresh, 77, seconds(1))).toBe('end')
  })

  test('refuses every token of a session that expired or ended, and changes nothing', () => {
    const rotated = rotate(fresh, seconds(10))
    for (const generation of [0, 1, 77]) {
      expect(actionFor(rotated, generation, seconds(1010))).toBe('refuse')
      expect(actionFor({ ...rotated, endedAt: seconds(11) }, generation, seconds(12))).toBe('refuse')
    }
  })

  test('moves the idle end with each rotation, and never past the absolute end', () => {
    const used = [900, 1800, 2700].reduce((session, at) => rotate(session, seconds(at)), fresh)
    expect(rotate(fresh, seconds(900)).expiresAt).toEqual(seconds(1900))
    expect(used.expiresAt).toEqual(seconds(3000))
    expect(actionFor(used, 3, seconds(2999.999))).toBe('rotate')
    expect(actionFor(used, 3, seconds(3000))).toBe('refuse')
  })

  test('of all tokens ever issued exactly one rotates, at most one repeats, and the rest end the family', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 120 }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(gaps, fc.integer({ min: 0, max: 60 }), (waits, pause) => {
        let [session, clock] = [fresh, 0]
        for (const wait of waits) session = rotate(session, seconds((clock += wait)))
        const actions = Array.from({ length: waits.length + 1 }, (_, generation) =>
          actionFor(session, generation, seconds(clock + pause)),
        )
        const expected = actions.map(() => 'end')
        expected[waits.length] = 'rotate'
        if (pause < lifetime.graceSeconds) expected[waits.length - 1] = 'repeat'
        expect(actions).toEqual(expected)
      }),
    )
  })

  test('a token never gets better with time', () => {
    const order = ['current', 'retried', 'replayed']
    fc.assert(
      fc.property(fc.nat(5), fc.nat(100), fc.nat(100), fc.nat(5), (rotations, early, later, generation) => {
        let session = fresh
        for (let count = 0; count < rotations; count++) session = rotate(session, seconds(count))
        const standing = (at: number) => standingOf(session, hash(generation), seconds(at), lifetime)
        const before = order.indexOf(standing(rotations + early))
        const after = order.indexOf(standing(rotations + early + later))
        expect(after).toBeGreaterThanOrEqual(before)
      }),
    )
  })
})

test('docs/refresh.md shows the transitions as they are', async () => {
  const page = await readFile(new URL('../../docs/refresh.md', import.meta.url), 'utf8')
  const rows = page.matchAll(/^\| (live|expired|ended) \| (\w+) \| (\w+) \| (\w+) \|$/gm)
  const shown = Object.fromEntries(
    Array.from(rows, ([, phase, current, retried, replayed]) => [phase, { current, retried, replayed }]),
  )
  expect(shown).toEqual(transitions)
})
