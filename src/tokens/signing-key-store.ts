import type { EntityManager } from 'typeorm'
import { IsNull, LessThanOrEqual, MoreThan, Not } from 'typeorm'
import type { KeyMaterial, SigningAlgorithm } from './key-material.js'
import { exportSigningKey, importSigningKey } from './key-material.js'
import type { LoadedKey } from './key-ring.js'
import type { MasterKey } from './master-key.js'
import type { KeyChange } from './signing-key.js'
import type { SigningKeyRow } from './signing-key-table.js'
import { signingKeyTable } from './signing-key-table.js'

export type GenerateKey = (algorithm: SigningAlgorithm) => Promise<KeyMaterial>

export type SigningKeyStoreOptions = { db: EntityManager; masterKey: MasterKey; generateKey: GenerateKey }

type KeyTimes = Pick<SigningKeyRow, 'createdAt' | 'activatesAt' | 'retiresAt' | 'goneAt'>

export type SigningKeyStore = ReturnType<typeof createSigningKeyStore>

/** The signing keys in the database, through one manager: the pool, or a transaction. */
export function createSigningKeyStore({ db, masterKey, generateKey }: SigningKeyStoreOptions) {
  const table = db.getRepository(signingKeyTable)

  async function create(algorithm: SigningAlgorithm, times: KeyTimes): Promise<void> {
    const material = await generateKey(algorithm)
    const { keyId, publicJwk } = material
    const sealedKey = masterKey.seal(exportSigningKey(material), contextOf({ keyId }))
    await table.insert({ keyId, algorithm, publicJwk, sealedKey, compromisedAt: null, ...times })
  }

  return {
    /** Until the end of the transaction, nobody else plans or changes keys. */
    async lock(): Promise<void> {
      await db.query(`SELECT pg_advisory_xact_lock(hashtextextended('fieldgate signing keys', 0))`)
    },

    /** Every key that there ever was, newest first. */
    list(): Promise<SigningKeyRow[]> {
      return table.find({ order: { activatesAt: 'DESC', keyId: 'ASC' } })
    },

    /** Without those that are gone, be it by the clock of another replica, or compromised, whoever said so. */
    listLive(now: Date): Promise<SigningKeyRow[]> {
      const usable = { compromisedAt: IsNull(), sealedKey: Not(IsNull()) }
      return table.find({
        where: [
          { ...usable, goneAt: IsNull() },
          { ...usable, goneAt: MoreThan(now) },
        ],
      })
    },

    find(keyId: string): Promise<SigningKeyRow | null> {
      return table.findOneBy({ keyId })
    },

    async apply(change: KeyChange, algorithm: SigningAlgorithm, now: Date): Promise<void> {
      if (change.change === 'create') {
        const { activatesAt, retiresAt, goneAt } = change
        await create(algorithm, { createdAt: now, activatesAt, retiresAt, goneAt })
        return
      }
      const { retiresAt, goneAt } = change.change === 'end' ? change : { retiresAt: null, goneAt: null }
      await table.update({ keyId: change.keyId }, { retiresAt, goneAt })
    },

    /** What was marked as compromised by other means than `markCompromised` ends as well. */
    async endCompromised(now: Date): Promise<void> {
      await db.query(
        `UPDATE signing_keys SET retires_at = least(retires_at, $1), gone_at = $1
         WHERE compromised_at IS NOT NULL AND (gone_at IS NULL OR gone_at > $1)`,
        [now],
      )
    },

    async markCompromised(keyId: string, now: Date): Promise<void> {
      await table.update({ keyId }, { compromisedAt: now })
    },

    /** What is gone cannot sign any more, not even for somebody who reads the database and knows the master key. */
    async destroyGone(now: Date): Promise<void> {
      await table.update({ goneAt: LessThanOrEqual(now), sealedKey: Not(IsNull()) }, { sealedKey: null })
    },

    /** Seals anew what is not sealed under the newest master key, and answers how many keys that were. */
    async resealAll(): Promise<number> {
      let count = 0
      for (const { keyId, sealedKey } of await table.findBy({ sealedKey: Not(IsNull()) })) {
        if (sealedKey === null || masterKey.versionOf(sealedKey) === masterKey.version) continue
        const context = contextOf({ keyId })
        const resealed = masterKey.seal(masterKey.open(sealedKey, context), context)
        await table.update({ keyId }, { sealedKey: resealed })
        count += 1
      }
      return count
    },
  }
}

/** @throws MasterKeyError when the key cannot be opened */
export function loadKey(masterKey: MasterKey, { sealedKey, ...key }: SigningKeyRow): LoadedKey {
  const exported = masterKey.open(sealedKey ?? '', contextOf(key))
  return { ...key, ...importSigningKey(key.algorithm, exported) }
}

/** A sealed key opens only in its own row. */
function contextOf({ keyId }: Pick<SigningKeyRow, 'keyId'>): string {
  return `signing key ${keyId}`
}
