import type { SigningAlgorithm } from './key-material.js'

/**
 * published: known to everybody, so that it can sign soon; active: signs; retired: signs no more, while tokens that it
 * signed live; gone: refused, its private part destroyed.
 */
export type SigningKeyState = 'published' | 'active' | 'retired' | 'gone'

/** The life of a key as moments planned ahead, so that all replicas change its state together, without a message. */
export type SigningKey = {
  /** RFC 7638 thumbprint. */
  keyId: string
  algorithm: SigningAlgorithm
  createdAt: Date
  activatesAt: Date
  /** null while no successor is planned. */
  retiresAt: Date | null
  /** Set together with `retiresAt`. */
  goneAt: Date | null
  /** When somebody else was found to have it. */
  compromisedAt: Date | null
}

export type RotationPolicy = {
  algorithm: SigningAlgorithm
  /** How long a key signs. */
  rotationSeconds: number
  /** How long a key is published before it signs: longer than any replica or cache of the JWKS lags behind. */
  publicationLeadSeconds: number
  /** How long a retired key still verifies: longer than any token lives. */
  retentionSeconds: number
}

export type KeyChange =
  | { change: 'create'; activatesAt: Date; retiresAt: Date | null; goneAt: Date | null }
  | { change: 'end'; keyId: string; retiresAt: Date; goneAt: Date }
  | { change: 'reopen'; keyId: string }

// A key that has to sign at once is dated back, so that it is active for a replica whose clock is behind, too.
const clockSkewSeconds = 60

type KeyTimes = Pick<SigningKey, 'activatesAt' | 'retiresAt' | 'goneAt'>

export function stateOf({ activatesAt, retiresAt, goneAt }: KeyTimes, now: Date): SigningKeyState {
  if (goneAt !== null && now >= goneAt) return 'gone'
  if (now < activatesAt) return 'published'
  return retiresAt !== null && now >= retiresAt ? 'retired' : 'active'
}

/**
 * What has to be done so that a key signs now and, without a pause, from now on. `scheduled` replaces a key that is
 * old or of another algorithm than configured; `immediate` any key, unless its successor is published already.
 */
export function planRotation(
  keys: readonly SigningKey[],
  policy: RotationPolicy,
  now: Date,
  reason: 'scheduled' | 'immediate',
): KeyChange[] {
  const active = keys.find((key) => stateOf(key, now) === 'active')
  const successor = keys.find((key) => stateOf(key, now) === 'published')
  if (active === undefined) {
    return [createKey(addSeconds(now, -clockSkewSeconds), successor?.activatesAt ?? null, policy)]
  }
  if (successor !== undefined) return []
  if (active.retiresAt !== null) return [{ change: 'reopen', keyId: active.keyId }]
  if (reason === 'scheduled' && !isDue(active, policy, now)) return []
  const handover = addSeconds(now, policy.publicationLeadSeconds)
  return [endKey(active.keyId, handover, policy), createKey(handover, null, policy)]
}

/** The key is refused from now on. When it leaves nothing to sign with, a new key signs at once. */
export function planCompromise(
  keys: readonly SigningKey[],
  policy: RotationPolicy,
  now: Date,
  { keyId, retiresAt }: Pick<SigningKey, 'keyId' | 'retiresAt'>,
): KeyChange[] {
  const others = keys.filter((key) => key.keyId !== keyId)
  const signedUntil = retiresAt !== null && retiresAt < now ? retiresAt : now
  return [
    { change: 'end', keyId, retiresAt: signedUntil, goneAt: now },
    ...planRotation(others, policy, now, 'scheduled'),
  ]
}

function isDue({ algorithm, activatesAt }: SigningKey, policy: RotationPolicy, now: Date): boolean {
  const dueAt = addSeconds(activatesAt, policy.rotationSeconds - policy.publicationLeadSeconds)
  return algorithm !== policy.algorithm || now >= dueAt
}

function createKey(
  activatesAt: Date,
  retiresAt: Date | null,
  { retentionSeconds }: RotationPolicy,
): KeyChange {
  const goneAt = retiresAt === null ? null : addSeconds(retiresAt, retentionSeconds)
  return { change: 'create', activatesAt, retiresAt, goneAt }
}

function endKey(keyId: string, retiresAt: Date, { retentionSeconds }: RotationPolicy): KeyChange {
  return { change: 'end', keyId, retiresAt, goneAt: addSeconds(retiresAt, retentionSeconds) }
}

function addSeconds(moment: Date, seconds: number): Date {
  return new Date(moment.getTime() + seconds * 1000)
}
