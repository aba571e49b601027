import { assertAnswer, type Contender } from './contender.js'
import { createDirective } from './contenders/directive.js'
import { createGenericAuth } from './contenders/envelop.js'
import { createFieldgate, createFieldgateOnGraphql } from './contenders/fieldgate.js'
import { createMercurius } from './contenders/mercurius.js'
import { createOpen } from './contenders/open.js'
import { createPothos } from './contenders/pothos.js'
import { createShield } from './contenders/shield.js'
import { compare, type Effort, type Measured } from './measure.js'
import { queries, type Query } from './people.js'

export type Comparison = { readonly query: string; readonly measured: readonly Measured[] }

async function compareOn(
  query: Query,
  contenders: readonly Contender[],
  effort: Effort,
): Promise<Comparison> {
  const [open] = contenders
  if (!open) throw new Error('There is nothing to compare with.')
  const expected = await open.prepare(query)()
  const subjects = []
  for (const contender of contenders) {
    const run = contender.prepare(query)
    // Often enough: what is compiled or cached on the way must answer the same.
    for (let time = 0; time < 20; time++) {
      const answer = await run()
      if (contender !== open) assertAnswer(contender.name, query, expected, answer)
    }
    subjects.push({ name: contender.name, run })
  }
  return { query: query.name, measured: await compare(subjects, effort) }
}

/** Fieldgate and the alternatives, in one process, on every query. */
export async function compareAlternatives(effort: Effort): Promise<readonly Comparison[]> {
  const contenders = [
    createOpen(),
    createFieldgate(),
    createFieldgateOnGraphql(),
    createDirective('sync'),
    createDirective('async'),
    createGenericAuth(),
    createPothos(),
    await createMercurius(),
    createShield(),
  ]
  const comparisons = []
  for (const query of Object.values(queries)) {
    comparisons.push(await compareOn(query, contenders, effort))
  }
  return comparisons
}
