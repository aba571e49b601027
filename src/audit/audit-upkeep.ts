import type { EntityManager } from 'typeorm'
import type { AuditFeed } from './audit-feed.js'
import { type ChainKeyDependencies, openChainKey } from './chain-head.js'
import { sealEvents } from './seal-events.js'

export type AuditUpkeepDependencies = ChainKeyDependencies & {
  db: EntityManager
  feed: AuditFeed
  everySeconds: number
  /** Does `work` once, after so many seconds, unless it is called off by what this returns. */
  schedule(work: () => void, afterSeconds: number): () => void
  onFailure(error: unknown): void
}

/** Between two tries when one after the other fails. */
const longestPauseSeconds = 15

/** Seals new events and announces them, a few times a second, on every replica. */
export function createAuditUpkeep(deps: AuditUpkeepDependencies) {
  let phase: 'running' | 'stopped' = 'stopped'
  let callOff: (() => void) | null = null
  let failures = 0 // in a row
  let underWay = Promise.resolve()

  async function round(key: Buffer): Promise<void> {
    const sealing = await attempt(() => sealEvents(deps.db, key))
    // Whatever became of that: another replica may have sealed.
    const announcing = await attempt(() => deps.feed.announce())
    failures = sealing === 'done' && announcing === 'done' ? 0 : failures + 1
    if (phase === 'running') scheduleNext(key)
  }

  async function attempt(step: () => Promise<void>): Promise<'done' | 'failed'> {
    try {
      await step()
      return 'done'
    } catch (error) {
      deps.onFailure(error)
      return 'failed'
    }
  }

  function scheduleNext(key: Buffer): void {
    callOff = deps.schedule(() => {
      underWay = round(key)
    }, secondsUntilNext())
  }

  function secondsUntilNext(): number {
    return Math.min(deps.everySeconds * 2 ** failures, longestPauseSeconds)
  }

  return {
    /** @throws AuditChainError; what `masterKey.open` throws */
    async start(): Promise<void> {
      const key = await openChainKey(deps)
      await deps.feed.open()
      phase = 'running'
      scheduleNext(key)
    },

    /** Resolves when nothing runs any more; all subscriptions have ended then. */
    async stop(): Promise<void> {
      phase = 'stopped'
      callOff?.()
      await underWay
      deps.feed.close()
    },
  }
}
