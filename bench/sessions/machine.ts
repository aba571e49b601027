import { cpus, loadavg } from 'node:os'
import type { Machine } from '../results.js'

/** Runs a measurement, and says on what and beside how much other work. */
export async function onThisMachine<T>(
  measure: () => Promise<T>,
): Promise<{ machine: Machine; measured: T }> {
  const before = loadavg()[0] ?? 0
  const measured = await measure()
  const machine = {
    at: new Date().toISOString(),
    node: process.version,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    load: [before, loadavg()[0] ?? 0] as const,
  }
  return { machine, measured }
}

export function describeMachine({ at, node, cpu, cores, load }: Machine): string {
  const [before, after] = load.map((one) => one.toFixed(1))
  return `${at}, Node ${node}, ${cores} x ${cpu}, load ${before} before, ${after} after.`
}
