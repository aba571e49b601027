import type { EntityManager } from 'typeorm'
import type { MasterKey } from '../tokens/master-key.js'
import { chainKeyBytes, type ChainPoint, chainStart, headMac } from './audit-chain.js'
import { auditChainTable, auditEventTable } from './audit-table.js'

/** The chain cannot be used as it is. The message is for the operator. */
export class AuditChainError extends Error {
  override readonly name = 'AuditChainError'
}

export type ChainKeyDependencies = {
  db: EntityManager
  masterKey: Pick<MasterKey, 'version' | 'versionOf' | 'seal' | 'open'>
  randomBytes: (size: number) => Buffer
}

const keyContext = 'audit chain key'

/**
 * The key of the chain. Makes it at the first start, and seals it anew when the master key has changed: the key itself
 * stays, so that old hashes can still be verified.
 * @throws AuditChainError where sealed events have lost their chain; what `masterKey.open` throws
 */
export async function openChainKey(deps: ChainKeyDependencies): Promise<Buffer> {
  return deps.db.transaction(async (tx) => {
    await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended('fieldgate audit chain', 0))`)
    const chain = await tx.findOneBy(auditChainTable, { id: 1 })
    if (chain === null) return startChain({ ...deps, db: tx })
    const key = deps.masterKey.open(chain.sealedKey, keyContext)
    if (deps.masterKey.versionOf(chain.sealedKey) !== deps.masterKey.version) {
      await tx.update(auditChainTable, { id: 1 }, { sealedKey: deps.masterKey.seal(key, keyContext) })
    }
    return key
  })
}

/** The key of a chain that is there, for reading alone. @throws AuditChainError, and what `masterKey.open` throws */
export async function readChainKey(db: EntityManager, masterKey: Pick<MasterKey, 'open'>): Promise<Buffer> {
  const chain = await db.findOneBy(auditChainTable, { id: 1 })
  if (chain === null)
    throw new AuditChainError('This database has no audit chain: no server has started on it.')
  return masterKey.open(chain.sealedKey, keyContext)
}

async function startChain({ db, masterKey, randomBytes }: ChainKeyDependencies): Promise<Buffer> {
  const sealed = await db
    .createQueryBuilder(auditEventTable, 'event')
    .where('event.position IS NOT NULL')
    .getExists()
  if (sealed) {
    throw new AuditChainError(
      'The audit log has sealed events but its chain is gone: restore a whole backup.',
    )
  }
  const key = randomBytes(chainKeyBytes)
  await db.insert(auditChainTable, {
    id: 1,
    sealedKey: masterKey.seal(key, keyContext),
    position: String(chainStart.position),
    hash: chainStart.hash,
    mac: headMac(key, chainStart),
  })
  return key
}

/** Moves the head, whose row is locked. */
export async function writeHead(tx: EntityManager, key: Buffer, head: ChainPoint): Promise<void> {
  const { position, hash } = head
  await tx.update(auditChainTable, { id: 1 }, { position: String(position), hash, mac: headMac(key, head) })
}
