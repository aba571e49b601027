import type { JwksDocument } from './jwks.js'
import { buildJwks } from './jwks.js'
import type { KeyMaterial } from './key-material.js'
import type { SigningKey } from './signing-key.js'
import { stateOf } from './signing-key.js'

/** A key in memory, ready for use. */
export type LoadedKey = SigningKey & KeyMaterial

export type KeyRing = {
  readonly keyIds: readonly string[]
  /** The key that signs. Undefined when none does. */
  current(now: Date): LoadedKey | undefined
  /** Published keys verify too: the clock of the replica that signed may be a little ahead of ours. */
  find(keyId: string, nowMs: number): LoadedKey | undefined
  jwks(now: Date): JwksDocument
}

/** All keys that were not gone at the moment of loading. States go on changing with the time that is asked for. */
export function createKeyRing(keys: readonly LoadedKey[]): KeyRing {
  const byId = new Map(keys.map((key) => [key.keyId, key]))
  const latestFirst = keys.toSorted((a, b) => b.activatesAt.getTime() - a.activatesAt.getTime())
  let jwks: (JwksDocument & { keyCount: number }) | undefined

  return {
    keyIds: [...byId.keys()],

    current: (now) => latestFirst.find((key) => stateOf(key, now) === 'active'),

    find(keyId, nowMs) {
      const key = byId.get(keyId)
      return key === undefined || (key.goneAt !== null && nowMs >= key.goneAt.getTime()) ? undefined : key
    },

    jwks(now) {
      const live = keys.filter((key) => stateOf(key, now) !== 'gone')
      // Keys only ever leave a ring, so their number tells whether the document is still the same.
      if (jwks?.keyCount !== live.length) jwks = { ...buildJwks(live), keyCount: live.length }
      return jwks
    },
  }
}
