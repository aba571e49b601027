import { Counter, type Registry } from 'prom-client'
import type { DecisionEvent } from '../authorization/index.js'

/** Counts the decisions of the engine. Coordinates are those of the schema: the labels are bounded. */
export function createDecisionMetrics(registry: Registry): (decision: DecisionEvent) => void {
  const decisions = new Counter({
    name: 'authorization_decisions_total',
    help: 'Decisions about fields, by coordinate, verdict and phase',
    labelNames: ['coordinate', 'verdict', 'phase'] as const,
    registers: [registry],
  })
  return ({ coordinate, verdict, phase }) => decisions.inc({ coordinate, verdict, phase })
}
