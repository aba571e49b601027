import type { Comparison } from './alternatives.js'
import type { Flooded } from './flood.js'
import type { Analysis, Cost, Decided, RefusedList } from './cost.js'

export type Machine = {
  readonly at: string
  readonly node: string
  readonly cpu: string
  readonly cores: number
  /** Processes that wanted a core, on average over a minute: before and after. */
  readonly load: readonly [number, number]
}

export type Results = {
  readonly machine: Machine
  readonly protection: readonly Cost[]
  readonly compiled: readonly Cost[]
  readonly apollo: readonly Cost[]
  readonly refusal: RefusedList
  readonly decision: readonly Decided[]
  readonly analysis: Analysis
  readonly flood: readonly Flooded[]
  readonly alternatives: readonly Comparison[]
}
