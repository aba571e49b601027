import { type EntityManager, In, IsNull } from 'typeorm'
import type { Actor } from '../authentication/actor.js'
import type { ApiKeyServiceDependencies } from './api-key-service.js'
import { apiKeyTable } from './api-key-table.js'

/**
 * Revokes all keys of a user, in a transaction of the caller's, who holds the user's row: then none is made meanwhile. The
 * caller also waits, after the commit, until the revocations are settled. Returns how many there were.
 */
export async function revokeKeysOfUser(
  { now, recordAudit }: Pick<ApiKeyServiceDependencies, 'now' | 'recordAudit'>,
  tx: EntityManager,
  userId: string,
  by: Actor,
): Promise<number> {
  const keys = await tx.find(apiKeyTable, {
    where: { userId, revokedAt: IsNull() },
    order: { id: 'ASC' }, // the order of locks of who writes last uses: neither locks the other out
    lock: { mode: 'pessimistic_write' },
  })
  await tx.update(apiKeyTable, { id: In(keys.map(({ id }) => id)) }, { revokedAt: now() })
  for (const { id } of keys) {
    await recordAudit(tx, {
      ...by,
      action: 'api-key.revoked',
      subjectId: userId,
      result: 'success',
      details: { apiKeyId: id },
    })
  }
  return keys.length
}
