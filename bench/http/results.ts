import type { Machine } from '../results.js'
import type { Comparison, Effort } from './comparison.js'

export type Results = {
  readonly machine: Machine
  readonly effort: Effort
  readonly comparisons: readonly Comparison[]
}
