import { parse } from 'graphql'
import { createFieldgate, createFieldgateOnGraphql } from './contenders/fieldgate.js'
import { cpuSince, type Effort, type Spread, spreadOf } from './measure.js'
import { callers, type Query } from './people.js'

export type Flooded = {
  /** How often each document came. */
  readonly runs: number
  /** CPU time with the compiled executor as a multiple of that without: quartiles round the median. */
  readonly ratio: Spread
  /** Microseconds of CPU time a document, with it. */
  readonly microseconds: Spread
}

/** A document that nobody has sent before. */
function freshQuery(number: number): Query {
  const fields = ['name', 'city', 'email', 'phone', 'salary'].map((field) => `k${number}_${field}: ${field}`)
  const source = `{ p${number}: person(id: "7") { id ${fields.join(' ')} } }`
  return { name: 'flood', source, document: parse(source), caller: callers.granted, outcome: 'granted' }
}

/** Documents that come so often and never again: what the compiled executor costs there. They are parsed before the clock runs. */
export async function costOfFlood({ rounds }: Effort): Promise<readonly Flooded[]> {
  const contenders = [createFieldgateOnGraphql(), createFieldgate()]
  const batch = 100
  let number = 0
  const found: Flooded[] = []
  for (const runs of [1, 49, 52, 100, 300]) {
    const laps: number[][] = [[], []]
    for (let round = -5; round < rounds; round++) {
      for (const [at, contender] of contenders.entries()) {
        const prepared = Array.from({ length: batch }, () => contender.prepare(freshQuery(number++)))
        const before = process.cpuUsage()
        for (const run of prepared) for (let left = runs; left > 0; left--) await run()
        if (round >= 0) laps[at]?.push(cpuSince(before) / batch)
      }
    }
    const [without = [], withIt = []] = laps
    const ratio = spreadOf(withIt.map((time, at) => time / (without[at] ?? Number.NaN)))
    found.push({ runs, ratio, microseconds: spreadOf(withIt) })
  }
  return found
}
