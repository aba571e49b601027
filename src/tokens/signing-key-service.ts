import type { EntityManager } from 'typeorm'
import { AppError } from '../errors.js'
import type { JwksDocument } from './jwks.js'
import { jwksMaxAgeSeconds } from './jwks.js'
import type { PublicJwk, SigningAlgorithm } from './key-material.js'
import { generateKeyMaterial } from './key-material.js'
import type { LoadedKey } from './key-ring.js'
import { createKeyRing } from './key-ring.js'
import type { MasterKey } from './master-key.js'
import { MasterKeyError } from './master-key.js'
import type { KeyChange, SigningKey, SigningKeyState } from './signing-key.js'
import { planCompromise, planRotation, stateOf } from './signing-key.js'
import type { GenerateKey, SigningKeyStore } from './signing-key-store.js'
import { createSigningKeyStore, loadKey } from './signing-key-store.js'
import type { SigningKeyRow } from './signing-key-table.js'

export type SigningKeyServiceOptions = {
  db: EntityManager
  masterKey: MasterKey
  algorithm: SigningAlgorithm
  accessTokenSeconds: number
  /** How long a key signs before its successor does. */
  rotationSeconds?: number
  /** How long a key is published before it signs. */
  publicationLeadSeconds?: number
  now: () => Date
  generateKey?: GenerateKey
  /** Told of a key that this replica cannot open. Others may: it is of a master key that this one was not given. */
  onUnreadableKey?: (error: MasterKeyError) => void
  /** Runs in the transaction that takes the key away: for the audit. */
  onKeyCompromised?: (tx: EntityManager, keyId: string) => Promise<void>
}

export type SigningKeyService = ReturnType<typeof createSigningKeyService>

export type ListedKey = SigningKey & {
  state: SigningKeyState
  publicJwk: PublicJwk | null
  /** Of the master key that it is sealed under; null when it is destroyed. */
  masterKeyVersion: string | null
}

const day = 86_400
const reloadPauseMs = 1000
// What RFC 7638 with SHA-256 makes: anything else is not worth a question.
const keyIdPattern = /^[A-Za-z0-9_-]{43}$/

/** The keys that sign access tokens: in memory for every request, in the database for every replica. */
export function createSigningKeyService({
  db,
  masterKey,
  algorithm,
  accessTokenSeconds,
  rotationSeconds = 30 * day,
  publicationLeadSeconds = 3 * jwksMaxAgeSeconds,
  now,
  generateKey = generateKeyMaterial,
  onUnreadableKey = () => {},
  onKeyCompromised = async () => {},
}: SigningKeyServiceOptions) {
  // An hour at least: tokens that were signed when they were configured to live longer verify, too.
  const retentionSeconds = Math.max(accessTokenSeconds, 3600) + 60
  const policy = { algorithm, rotationSeconds, publicationLeadSeconds, retentionSeconds }
  const storeOn = (manager: EntityManager) => createSigningKeyStore({ db: manager, masterKey, generateKey })
  let ring = createKeyRing([])
  let lastLoad = 0
  let ringLoad = 0
  let reloadForUnknown: Promise<void> | null = null
  let replacing: Promise<void> | null = null
  let mayReloadAtMs = Number.NEGATIVE_INFINITY

  /** Of two loads at once, the one that began later counts. */
  async function load(onUnreadable: (error: MasterKeyError) => void): Promise<void> {
    lastLoad += 1
    const thisLoad = lastLoad
    const rows = await storeOn(db).listLive(now())
    const keys = rows.flatMap((row) => loadReadable(masterKey, row, onUnreadable))
    if (thisLoad < ringLoad) return
    ringLoad = thisLoad
    ring = createKeyRing(keys)
  }

  const reload = () => load(onUnreadableKey)

  async function change(plan: PlanChanges): Promise<void> {
    await db.transaction(async (tx) => {
      const store = storeOn(tx)
      await store.lock()
      const at = now()
      await store.endCompromised(at)
      for (const step of await plan(store, at, tx)) await store.apply(step, algorithm, at)
      await store.destroyGone(at)
    })
    await reload()
  }

  /** What is due: a successor for a key that is old or lost, the end of what is gone. Any replica, at any time. */
  async function maintain(): Promise<void> {
    await change(async (store, at) => planRotation(await store.listLive(at), policy, at, 'scheduled'))
  }

  return {
    /**
     * Loads the keys; the first replica to come makes the first key.
     * @throws MasterKeyError when the master key is not the one that this database was used with
     */
    async start(): Promise<void> {
      await load(refuseUnreadable)
      await maintain()
    },

    maintain,

    /** Publishes a successor now; it signs after the publication lead. Nothing, when one is published already. */
    async rotate(): Promise<void> {
      await change(async (store, at) => planRotation(await store.listLive(at), policy, at, 'immediate'))
    },

    /**
     * Takes a key away for good: this replica refuses its tokens when this returns, the others when the event has
     * reached them.
     * @throws AppError NOT_FOUND
     */
    async compromise(keyId: string): Promise<void> {
      await change(async (store, at, tx) => {
        const key = await store.find(keyId)
        if (key === null) throw new AppError('NOT_FOUND')
        await store.markCompromised(keyId, at)
        await onKeyCompromised(tx, keyId)
        return planCompromise(await store.listLive(at), policy, at, key)
      })
    },

    /**
     * Seals every key anew under the newest master key; after that the earlier ones can be forgotten. To be run when
     * all replicas have the newest.
     */
    async reseal(): Promise<{ resealed: number }> {
      return db.transaction(async (tx) => {
        const store = storeOn(tx)
        await store.lock()
        return { resealed: await store.resealAll() }
      })
    },

    /** Every key that there ever was, newest first. */
    async list(): Promise<ListedKey[]> {
      const at = now()
      const rows = await storeOn(db).list()
      return rows.map(({ sealedKey, ...key }) => ({
        ...key,
        state: stateOf(key, at),
        masterKeyVersion: sealedKey === null ? null : masterKey.versionOf(sealedKey),
      }))
    },

    reload,

    /** When a key that is held here was taken away, it neither signs nor is published any more, and another one signs. */
    async reloadIfAny(isRevoked: (keyId: string) => boolean): Promise<void> {
      if (!ring.keyIds.some(isRevoked)) return
      await reload()
      if (ring.current(now()) !== undefined) return
      replacing ??= maintain().finally(() => {
        replacing = null
      })
      await replacing
    },

    /** The key to sign with. From memory. */
    current(): LoadedKey {
      const key = ring.current(now())
      if (key === undefined) throw new Error('No signing key is active: the keys have not been loaded')
      return key
    },

    /** From memory. Undefined for a key that is unknown, gone or compromised. */
    find: (keyId: string, nowMs: number): LoadedKey | undefined => ring.find(keyId, nowMs),

    /** Asks the database at most once a second, whoever asks, and looks again. Rejects when the database cannot say. */
    async findAfterReload(keyId: string): Promise<LoadedKey | undefined> {
      if (!keyIdPattern.test(keyId)) return undefined
      if (reloadForUnknown === null && now().getTime() >= mayReloadAtMs) {
        mayReloadAtMs = now().getTime() + reloadPauseMs
        reloadForUnknown = reload().finally(() => {
          reloadForUnknown = null
        })
      }
      await reloadForUnknown
      return ring.find(keyId, now().getTime())
    },

    jwks: (): JwksDocument => ring.jwks(now()),
  }
}

type PlanChanges = (store: SigningKeyStore, at: Date, tx: EntityManager) => Promise<KeyChange[]>

function loadReadable(
  masterKey: MasterKey,
  row: SigningKeyRow,
  onUnreadable: (error: MasterKeyError) => void,
): LoadedKey[] {
  try {
    return [loadKey(masterKey, row)]
  } catch (error) {
    if (!(error instanceof MasterKeyError)) throw error
    onUnreadable(error)
    return []
  }
}

function refuseUnreadable(error: MasterKeyError): never {
  throw error
}
