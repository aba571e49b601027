import { createAuditFeed } from '../audit/audit-feed.js'
import { createAuditResolvers } from '../audit/audit-resolvers.js'
import type { AuditService } from '../audit/audit-service.js'
import { openAuditUpkeep } from '../audit/audit-upkeep.js'
import { type VerificationOptions, verifyAuditChain } from '../audit/verify-chain.js'
import type { ConnectedDomain, Foundation } from '../domain.js'
import type { Credentials } from './credentials.js'
import { createRounds } from './rounds.js'

type VerifyOptions = Omit<VerificationOptions, 'db' | 'masterKey'>

/** The log that the others write into. */
export function connectAudit(
  { db, log, randomBytes, rowsOf, schedule }: Foundation,
  { masterKey }: Pick<Credentials, 'masterKey'>,
  audit: AuditService,
) {
  const feed = createAuditFeed({ db, capacity: 1000 })
  const upkeep = createRounds({
    everySeconds: 0.25,
    longestPauseSeconds: 15,
    schedule,
    onFailure: (error) => log.error({ err: error }, 'the upkeep of the audit log failed'),
  })
  const domains: ConnectedDomain[] = [
    {
      resolvers: createAuditResolvers({ audit, feed, rowsOf }),
      start: async () => upkeep.start(await openAuditUpkeep({ db, masterKey, randomBytes, feed })),
      stop: async () => {
        await upkeep.stop()
        feed.close()
      },
    },
  ]
  return {
    domains,
    verifyAudit: (options: VerifyOptions) => verifyAuditChain({ ...options, db, masterKey }),
  }
}
