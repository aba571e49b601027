import { Counter, type Registry } from 'prom-client'
import type { NewAuditEvent } from './audit-event.js'

/**
 * Counts what this replica writes into the log: sign-ins, refusals, stolen tokens. Actions are those of the domains, and why
 * a session ended is one of a few words: the labels are bounded.
 */
export function createAuditMetrics(registry: Registry): (event: NewAuditEvent) => void {
  const events = new Counter({
    name: 'audit_events_total',
    help: 'Events written into the audit log by this replica, by action and result; for session.ended also by reason',
    labelNames: ['action', 'result', 'reason'] as const,
    registers: [registry],
  })
  // From 0, so that the first one is seen as a change.
  events.inc({ action: 'session.ended', result: 'success', reason: 'replayed' }, 0)
  return (event) => {
    const reason = event.action === 'session.ended' ? event.details.reason : ''
    events.inc({ action: event.action, result: event.result, reason })
  }
}
