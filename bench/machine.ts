import { cpus, loadavg } from 'node:os'
import type { Machine } from './results.js'

/** The processes that want a core now, on average over a minute. */
export const loadNow = (): number => loadavg()[0] ?? 0

export const describeMachine = (loadBefore: number): Machine => ({
  at: new Date().toISOString(),
  node: process.version,
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  load: [loadBefore, loadNow()],
})
