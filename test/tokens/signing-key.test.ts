import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { KeyChange, RotationPolicy, SigningKey } from '../../src/tokens/signing-key.js'
import { planCompromise, planRotation, stateOf } from '../../src/tokens/signing-key.js'

const day = 86_400
const policy: RotationPolicy = {
  algorithm: 'ES256',
  rotationSeconds: 30 * day,
  publicationLeadSeconds: 900,
  retentionSeconds: 3660,
}

const at = (seconds: number) => new Date(Date.parse('2026-01-01T00:00:00Z') + seconds * 1000)

/** The table of keys, in memory. */
function createKeys() {
  const keys: SigningKey[] = []
  const apply = (change: KeyChange, now: Date) => {
    if (change.change === 'create') {
      const { activatesAt, retiresAt, goneAt } = change
      const keyId = `key ${keys.length + 1}`
      keys.push({
        keyId,
        algorithm: 'ES256',
        createdAt: now,
        activatesAt,
        retiresAt,
        goneAt,
        compromisedAt: null,
      })
      return
    }
    const key = keys.find(({ keyId }) => keyId === change.keyId)
    if (key === undefined) throw new Error(`no ${change.keyId}`)
    key.retiresAt = change.change === 'end' ? change.retiresAt : null
    key.goneAt = change.change === 'end' ? change.goneAt : null
  }
  const live = (now: Date) => keys.filter((key) => stateOf(key, now) !== 'gone')
  return {
    keys,
    live,
    keyAt: (index: number) => {
      const key = keys[index]
      if (key === undefined) throw new Error(`no key ${index}`)
      return key
    },
    statesAt: (now: Date) => keys.map((key) => stateOf(key, now)),
    rotate: (now: Date, reason: 'scheduled' | 'immediate' = 'scheduled') => {
      for (const change of planRotation(live(now), policy, now, reason)) apply(change, now)
    },
    compromise: (key: SigningKey, now: Date) => {
      key.compromisedAt = now
      for (const change of planCompromise(live(now), policy, now, key)) apply(change, now)
    },
  }
}

describe('the life of a signing key', () => {
  test('published, active, retired, gone: at the moments that were planned', () => {
    const key = { activatesAt: at(10), retiresAt: at(20), goneAt: at(30) }
    expect([9.999, 10, 19.999, 20, 29.999, 30].map((seconds) => stateOf(key, at(seconds)))).toEqual([
      'published',
      'active',
      'active',
      'retired',
      'retired',
      'gone',
    ])
  })

  test('active for as long as no successor is planned', () => {
    expect(stateOf({ activatesAt: at(0), retiresAt: null, goneAt: null }, at(1e9))).toBe('active')
  })
})

describe('rotation', () => {
  test('the first key signs at once', () => {
    const world = createKeys()
    world.rotate(at(0))
    expect(world.statesAt(at(0))).toEqual(['active'])
  })

  test('a successor is published ahead, signs when the key is as old as it may be, and the old one still verifies', () => {
    const world = createKeys()
    world.rotate(at(60)) // It counts as active since at(0), for replicas whose clocks are behind.
    world.rotate(at(30 * day - 901))
    expect(world.keys).toHaveLength(1)
    world.rotate(at(30 * day - 900))
    expect(world.statesAt(at(30 * day - 900))).toEqual(['active', 'published'])
    expect(world.statesAt(at(30 * day - 0.001))).toEqual(['active', 'published'])
    expect(world.statesAt(at(30 * day))).toEqual(['retired', 'active'])
    expect(world.statesAt(at(30 * day + 3659))).toEqual(['retired', 'active'])
    expect(world.statesAt(at(30 * day + 3660))).toEqual(['gone', 'active'])
  })

  test('by command does not wait for the age, and a second command changes nothing', () => {
    const world = createKeys()
    world.rotate(at(0))
    world.rotate(at(10), 'immediate')
    world.rotate(at(20), 'immediate')
    expect(world.statesAt(at(20))).toEqual(['active', 'published'])
    expect(world.statesAt(at(910))).toEqual(['retired', 'active'])
  })

  test('a key of another algorithm than configured is replaced at the next occasion', () => {
    const [key] = planRotation([], policy, at(0), 'scheduled')
    expect(key?.change).toBe('create')
    const world = createKeys()
    world.rotate(at(0))
    const changes = planRotation(world.keys, { ...policy, algorithm: 'PS256' }, at(1), 'scheduled')
    expect(changes.map(({ change }) => change)).toEqual(['end', 'create'])
  })
})

describe('a compromised key', () => {
  test('that signs is gone at once, and a new one signs', () => {
    const world = createKeys()
    world.rotate(at(0))
    world.compromise(world.keyAt(0), at(10))
    expect(world.statesAt(at(10))).toEqual(['gone', 'active'])
  })

  test('with a published successor is replaced until the successor signs', () => {
    const world = createKeys()
    world.rotate(at(0))
    world.rotate(at(10), 'immediate')
    world.compromise(world.keyAt(0), at(20))
    expect(world.statesAt(at(20))).toEqual(['gone', 'published', 'active'])
    expect(world.statesAt(at(910))).toEqual(['gone', 'active', 'retired'])
  })

  test('that was to be the successor leaves the present one signing', () => {
    const world = createKeys()
    world.rotate(at(0))
    world.rotate(at(10), 'immediate')
    world.compromise(world.keyAt(1), at(20))
    expect(world.statesAt(at(20))).toEqual(['active', 'gone'])
    expect(world.statesAt(at(1e6))).toEqual(['active', 'gone'])
  })

  test('that is retired is gone, and keeps the moment at which it stopped to sign', () => {
    const world = createKeys()
    world.rotate(at(0))
    world.rotate(at(10), 'immediate')
    world.compromise(world.keyAt(0), at(1000))
    expect(world.statesAt(at(1000))).toEqual(['gone', 'active'])
    expect(world.keys[0]?.retiresAt).toEqual(at(910))
  })
})

test('whatever happens, and whenever: one key signs at every moment, its successor was published before, and tokens outlive their key', () => {
  const action = fc.record({
    kind: fc.constantFrom('upkeep', 'upkeep', 'upkeep', 'command', 'compromise'),
    which: fc.nat(),
    pauseSeconds: fc.oneof(fc.integer({ min: 0, max: 2000 }), fc.integer({ min: 0, max: 60 * day })),
  })
  fc.assert(
    fc.property(fc.array(action, { maxLength: 30 }), (actions) => {
      const world = createKeys()
      let seconds = 0
      world.rotate(at(0))
      for (const { kind, which, pauseSeconds } of actions) {
        seconds += pauseSeconds
        const now = at(seconds)
        const live = world.live(now)
        const before = new Set(world.keys.map(({ keyId }) => keyId))
        if (kind === 'upkeep') world.rotate(now)
        if (kind === 'command') world.rotate(now, 'immediate')
        const victim = live[which % live.length]
        if (kind === 'compromise' && victim !== undefined) {
          world.compromise(victim, now)
          expect(stateOf(victim, now)).toBe('gone')
          expect(stateOf(victim, at(seconds + 1e9))).toBe('gone')
        }

        // One key signs, now and from now on, should no upkeep ever run again.
        const moments = [seconds, ...world.keys.flatMap(momentsOf), seconds + 1e9].filter((t) => t >= seconds)
        for (const moment of moments) {
          expect(world.statesAt(at(moment)).filter((state) => state === 'active')).toHaveLength(1)
        }
        // Upkeep leaves no key signing that is due.
        if (kind === 'upkeep') {
          const openEnded = world.keys.filter(({ retiresAt }) => retiresAt === null)
          expect(openEnded).toHaveLength(1)
          for (const { activatesAt } of openEnded) {
            expect(now.getTime()).toBeLessThan(activatesAt.getTime() + policy.rotationSeconds * 1000)
          }
        }
        for (const key of world.keys) {
          // A planned successor is known for the whole lead before it signs.
          const isNew = !before.has(key.keyId)
          if (isNew && key.activatesAt > now) {
            expect(key.activatesAt).toEqual(at(seconds + policy.publicationLeadSeconds))
          }
          // What a key signed in its last second still verifies until it has expired.
          if (key.compromisedAt === null && key.retiresAt !== null && key.goneAt !== null) {
            expect(key.goneAt.getTime() - key.retiresAt.getTime()).toBe(policy.retentionSeconds * 1000)
          }
        }
      }
    }),
    { numRuns: 300 },
  )
})

const momentsOf = ({ activatesAt, retiresAt, goneAt }: SigningKey): number[] =>
  [activatesAt, retiresAt, goneAt].flatMap((moment) =>
    moment === null ? [] : [(moment.getTime() - at(0).getTime()) / 1000],
  )
