import type { Resolvers } from '../generated/resolvers.js'
import type { AuditEvent } from './audit-event.js'
import type { Context } from '../graphql/context.js'
import { visibleEvents } from './audit-policies.js'
import type { AuditFeed } from './audit-feed.js'
import type { AuditService } from './audit-service.js'

export type AuditResolverDependencies = {
  audit: Pick<AuditService, 'listEvents'>
  feed: Pick<AuditFeed, 'subscribe'>
  /** Which rows of a type the caller may see. */
  rowsOf: (coordinate: string, context: Context) => Parameters<typeof visibleEvents>[0]
}

export function createAuditResolvers({ audit, feed, rowsOf }: AuditResolverDependencies): Resolvers {
  return {
    Query: {
      auditEvents: (_root, { actor = null, action = null, subject = null, ...page }, context) =>
        audit.listEvents(page, { actor, action, subject }, visibleEvents(rowsOf('AuditEvent', context))),
    },
    Subscription: {
      auditEvents: {
        subscribe: () => feed.subscribe(),
        resolve: (event: AuditEvent) => event,
      },
    },
    AuditEventConnection: {
      totalCount: ({ count }) => count(),
    },
    AuditEvent: {
      result: ({ result }) => results[result],
      credentialId: ({ details: { credentialId } }) =>
        typeof credentialId === 'string' ? credentialId : null,
      details: ({ details }) =>
        Object.entries(details)
          .filter(([name]) => name !== 'credentialId')
          .map(([name, value]) => ({ name, values: [value].flat() })),
    },
  }
}

const results = { success: 'SUCCESS', refused: 'REFUSED' } as const
