import { cpus, loadavg } from 'node:os'
import type { Machine } from './results.js'

/** The processes that want a core now, on average over a minute. */
export const loadNow = (): number => loadavg()[0] ?? 0

export const machineSince = (loadBefore: number): Machine => ({
  at: new Date().toISOString(),
  node: process.version,
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  load: [loadBefore, loadNow()],
})

/** Runs a measurement, and says on what and beside how much other work. */
export async function onThisMachine<T>(
  measure: () => Promise<T>,
): Promise<{ machine: Machine; measured: T }> {
  const before = loadNow()
  const measured = await measure()
  return { machine: machineSince(before), measured }
}

export function describeMachine({ at, node, cpu, cores, load }: Machine): string {
  const [before, after] = load.map((one) => one.toFixed(1))
  return `${at}, Node ${node}, ${cores} x ${cpu}, load ${before} before, ${after} after.`
}
