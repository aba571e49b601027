import type { Resolvers } from '../generated/resolvers.js'
import type { AuditEvent } from './audit-event.js'
import type { AuditFeed } from './audit-feed.js'
import type { AuditService } from './audit-service.js'

export type AuditResolverDependencies = {
  audit: Pick<AuditService, 'listEvents'>
  feed: Pick<AuditFeed, 'subscribe'>
}

export function createAuditResolvers({ audit, feed }: AuditResolverDependencies): Resolvers {
  return {
    Query: {
      auditEvents: (_root, { actor = null, action = null, subject = null, ...page }) =>
        audit.listEvents(page, { actor, action, subject }),
    },
    Subscription: {
      auditEvents: {
        subscribe: () => feed.subscribe(),
        resolve: (event: AuditEvent) => event,
      },
    },
    AuditEvent: {
      result: ({ result }) => results[result],
      details: ({ details }) =>
        Object.entries(details).map(([name, value]) => ({ name, values: [value].flat() })),
    },
  }
}

const results = { success: 'SUCCESS', refused: 'REFUSED' } as const
