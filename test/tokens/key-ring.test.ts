import * as fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { KeyMaterial } from '../../src/tokens/key-material.js'
import { generateKeyMaterial } from '../../src/tokens/key-material.js'
import type { KeyRing, LoadedKey } from '../../src/tokens/key-ring.js'
import { createKeyRing } from '../../src/tokens/key-ring.js'
import { planRotation, stateOf } from '../../src/tokens/signing-key.js'

let material: KeyMaterial
beforeAll(async () => {
  material = await generateKeyMaterial('ES256')
})

const at = (seconds: number) => new Date(Date.parse('2026-01-01T00:00:00Z') + seconds * 1000)

type Times = Pick<LoadedKey, 'activatesAt' | 'retiresAt' | 'goneAt'>
const loaded = (keyId: string, times: Times): LoadedKey => ({
  ...material,
  ...times,
  keyId,
  createdAt: times.activatesAt,
  compromisedAt: null,
})

describe('a key ring', () => {
  test('signs with the key that is active at the moment, and finds every key until it is gone', () => {
    const ring = createKeyRing([
      loaded('old', { activatesAt: at(0), retiresAt: at(100), goneAt: at(200) }),
      loaded('new', { activatesAt: at(100), retiresAt: null, goneAt: null }),
    ])
    expect([0, 99.999, 100, 1e6].map((seconds) => ring.current(at(seconds))?.keyId)).toEqual([
      'old',
      'old',
      'new',
      'new',
    ])
    expect(ring.current(at(-1))).toBeUndefined()
    expect(ring.find('new', at(0).getTime())?.keyId).toBe('new')
    expect(ring.find('old', at(199.999).getTime())?.keyId).toBe('old')
    expect(ring.find('old', at(200).getTime())).toBeUndefined()
    expect(ring.find('other', at(0).getTime())).toBeUndefined()
  })

  test('publishes a key before it signs and after, and not when it is gone', () => {
    const ring = createKeyRing([
      loaded('old', { activatesAt: at(0), retiresAt: at(100), goneAt: at(200) }),
      loaded('new', { activatesAt: at(100), retiresAt: null, goneAt: null }),
    ])
    const idsAt = (seconds: number) =>
      JSON.parse(ring.jwks(at(seconds)).body).keys.map(({ kid }: { kid: string }) => kid)
    expect([0, 150, 200].map(idsAt)).toEqual([['new', 'old'], ['new', 'old'], ['new']])
    expect(ring.jwks(at(0)).etag).not.toBe(ring.jwks(at(200)).etag)
  })
})

test('through any number of rotations, replicas that learn late and whose clocks differ accept the tokens of each other', () => {
  const policy = {
    algorithm: 'ES256',
    rotationSeconds: 2000,
    publicationLeadSeconds: 900,
    retentionSeconds: 3660,
  } as const
  const [pollSeconds, tokenSeconds] = [60, 3600]
  const replicaClocks = fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 2, maxLength: 4 })
  const steps = fc.array(
    fc.record({ pause: fc.integer({ min: 1, max: pollSeconds }), polls: fc.array(fc.boolean()) }),
    {
      minLength: 50,
      maxLength: 200,
    },
  )
  fc.assert(
    fc.property(replicaClocks, steps, (skews, moments) => {
      const table: LoadedKey[] = []
      const replicas = skews.map((skew) => ({
        skew,
        ring: createKeyRing([]),
        polledAt: Number.NEGATIVE_INFINITY,
      }))
      const tokens: { keyId: string; expiresAt: number }[] = []
      let seconds = 0
      for (const { pause, polls } of moments) {
        seconds += pause
        for (const [index, replica] of replicas.entries()) {
          const now = at(seconds + replica.skew)
          if (polls[index] === true || seconds - replica.polledAt >= pollSeconds) {
            maintain(table, now)
            replica.ring = createKeyRing(
              table.filter((key) => stateOf(key, now) !== 'gone').map((key) => ({ ...key })),
            )
            replica.polledAt = seconds
          }
        }
        for (const { ring, skew } of replicas) {
          tokens.push({ keyId: signs(ring, at(seconds + skew)), expiresAt: seconds + skew + tokenSeconds })
        }
        for (const { ring, skew } of replicas) {
          const now = seconds + skew
          const lost = tokens.filter(
            ({ keyId, expiresAt }) => now < expiresAt && !ring.find(keyId, at(now).getTime()),
          )
          expect(lost).toEqual([])
        }
      }
      expect(table.length).toBeGreaterThanOrEqual(Math.floor(seconds / 2000))
    }),
    { numRuns: 50 },
  )

  function maintain(table: LoadedKey[], now: Date): void {
    const live = table.filter((key) => stateOf(key, now) !== 'gone')
    for (const change of planRotation(live, policy, now, 'scheduled')) {
      if (change.change === 'create') table.push(loaded(`key ${table.length}`, change))
      const ended = change.change === 'end' && table.find(({ keyId }) => keyId === change.keyId)
      if (ended) Object.assign(ended, { retiresAt: change.retiresAt, goneAt: change.goneAt })
    }
  }
})

function signs(ring: KeyRing, now: Date): string {
  const key = ring.current(now)
  if (key === undefined) throw new Error('no key signs')
  return key.keyId
}
