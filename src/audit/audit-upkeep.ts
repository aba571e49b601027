import type { EntityManager } from 'typeorm'
import type { AuditFeed } from './audit-feed.js'
import { type ChainKeyDependencies, openChainKey } from './chain-head.js'
import { sealEvents } from './seal-events.js'

export type AuditUpkeepDependencies = ChainKeyDependencies & { db: EntityManager; feed: AuditFeed }

/**
 * What every replica does a few times a second: seals new events and announces them.
 * @throws AuditChainError; what `masterKey.open` throws
 */
export async function openAuditUpkeep(deps: AuditUpkeepDependencies): Promise<() => Promise<void>> {
  const key = await openChainKey(deps)
  await deps.feed.open()
  return async () => {
    try {
      await sealEvents(deps.db, key)
    } finally {
      // Whatever became of that: another replica may have sealed.
      await deps.feed.announce()
    }
  }
}
