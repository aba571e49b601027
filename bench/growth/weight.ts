import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { spreadOf } from '../measure.js'
import type { Series } from './series.js'

type Weight = { readonly milliseconds: number; readonly bytes: number }

const sizes = { schema: [100, 1000, 10_000], revocations: [1000, 10_000, 100_000] } as const
const dimensions = { schema: 'fields of the schema', revocations: 'revocations in memory' } as const

async function weigh(kind: keyof typeof sizes, size: number): Promise<Weight> {
  const program = fileURLToPath(new URL('weight-process.js', import.meta.url))
  const child = fork(program, [kind, String(size)], { execArgv: ['--expose-gc'] })
  const [weight] = await once(child, 'message')
  await once(child, 'exit')
  return weight as Weight
}

async function weighAll(kind: keyof typeof sizes, rounds: number): Promise<readonly Series[]> {
  const weighed: { size: number; weights: readonly Weight[] }[] = []
  for (const size of sizes[kind]) {
    const weights: Weight[] = []
    while (weights.length < rounds) weights.push(await weigh(kind, size))
    weighed.push({ size, weights })
  }
  const series = (subject: string, unit: string, valueOf: (weight: Weight) => number): Series => ({
    dimension: dimensions[kind],
    subject,
    unit,
    expected: 'linear',
    points: weighed.map(({ size, weights }) => ({ size, value: spreadOf(weights.map(valueOf)) })),
  })
  return [
    series('start', 'ms of CPU', ({ milliseconds }) => milliseconds),
    series('memory', 'KiB of heap', ({ bytes }) => bytes / 1024),
  ]
}

/** What a start takes and what stays in memory, for the schema and for the log of revocations. */
export async function growthOfWeight(rounds: number): Promise<readonly Series[]> {
  return [...(await weighAll('schema', rounds)), ...(await weighAll('revocations', rounds))]
}
