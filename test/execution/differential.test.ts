import fc from 'fast-check'
import { execute, type ExecutionArgs } from 'graphql'
import { expect, test } from 'vitest'
import { createExecutors, type Mode } from '../../src/authorization/index.js'
import { createCompiledExecute, type Execute } from '../../src/execution/compiled-execute.js'
import { drawOperation } from './operations.js'
import { createZoo, drawRoot, type ZooContext } from './zoo.js'
import { tapeOf } from './tape.js'

/** FAST_CHECK_RUNS=10000 is the nightly profile: it looks elsewhere each time, the normal one where it always did. */
const nightlyRuns = process.env['FAST_CHECK_RUNS']
const numRuns = Number(nightlyRuns ?? 120)
const seed = nightlyRuns === undefined ? { seed: 1, endOnFailure: true } : {}

const scopes = fc.option(fc.subarray(['s1', 's2', 's3']), { freq: 8 })
// Seeds, not choices: what differs is seldom smaller than what was drawn.
const worlds = fc.record({ data: fc.nat(), operation: fc.nat(), scopes })

type World = { data: number; operation: number; scopes: string[] | null }

/** What a client sees and what resolvers are told, of one executor. Data is made anew: a generator is read once. */
async function observe(run: Execute, args: ExecutionArgs, { data, scopes: held }: World) {
  const caller = held && { id: 'somebody', scopes: new Set(held) }
  const contextValue: ZooContext = { caller, calls: [] }
  const result = await run({ ...args, rootValue: drawRoot(tapeOf(data)), contextValue })
  return { answer: JSON.parse(JSON.stringify(result)), calls: contextValue.calls }
}

type Reported = { path?: (string | number)[]; extensions?: { occurrences?: number } }

/**
 * Refusals of a list as one that counts them, at no item. How many errors stand for them is up to the executor, which
 * knows better than a guard what has been reported; behind the plan it is one.
 */
function countedTogether(errors: readonly Reported[]): unknown[] {
  const counts = new Map<string, number>()
  const others: string[] = []
  for (const { path, extensions, ...error } of errors) {
    const { occurrences, ...rest } = extensions ?? {}
    const places = occurrences === undefined ? path : path?.map((key) => (typeof key === 'number' ? 0 : key))
    const text = JSON.stringify({ ...error, path: places, extensions: rest })
    if (occurrences === undefined) others.push(text)
    else counts.set(text, (counts.get(text) ?? 0) + occurrences)
  }
  return [...others, ...[...counts].map(([text, count]) => `${text} ${count}`)].toSorted()
}

/** Fields that wait on different promises fail in an order that nobody promises. */
const inOrder = ({ answer, calls }: Awaited<ReturnType<typeof observe>>) => ({
  answer: { ...answer, errors: answer.errors && countedTogether(answer.errors) },
  calls: calls.toSorted(),
})

function law(
  sentence: string,
  mode: Mode,
  executors: (zoo: ReturnType<typeof createZoo>) => [Execute, Execute],
) {
  const zoo = createZoo(mode)
  const [plain, compiled] = executors(zoo)
  test(sentence, { timeout: 60_000 + numRuns * 50 }, () =>
    fc.assert(
      fc.asyncProperty(worlds, async (world) => {
        const { schema } = zoo
        const { source, document, variableValues } = drawOperation(schema, tapeOf(world.operation))
        const args = { schema, document, variableValues }
        try {
          const expected = inOrder(await observe(plain, args, world))
          for (let time = 0; time < 2; time++) {
            expect(inOrder(await observe(compiled, args, world))).toEqual(expected)
          }
        } catch (error) {
          if (error instanceof Error)
            error.message += `\n${source}\n${JSON.stringify([variableValues, world])}`
          throw error
        }
      }),
      { numRuns, ...seed },
    ),
  )
}

law('a compiled operation answers as graphql-js does', 'partial', ({ schema }) => [
  execute,
  createCompiledExecute(schema, { runsBefore: 0 }),
])

law(
  'operations that are walked, without code of their own, answer the same',
  'partial',
  ({ schema, authorization }) => [
    execute,
    createCompiledExecute(schema, { runsBefore: 0, maxUnits: 0, gates: authorization.gates }),
  ],
)

law('guards asked once answer as guards asked each time', 'partial', ({ schema, authorization }) => [
  execute,
  createCompiledExecute(schema, { runsBefore: 0, gates: authorization.gates }),
])

law('guards that only observe answer the same', 'observe', ({ schema, authorization }) => [
  execute,
  createCompiledExecute(schema, { runsBefore: 0, gates: authorization.gates }),
])

law('behind the plan both answer the same', 'partial', ({ schema, authorization }) => {
  const { gates } = authorization
  const compiled = createCompiledExecute(schema, { runsBefore: 0, gates })
  return [
    (args) =>
      createExecutors(authorization).execute({ ...args, contextValue: args.contextValue as ZooContext }),
    (args) =>
      createExecutors(authorization, { execute: compiled }).execute({
        ...args,
        contextValue: args.contextValue as ZooContext,
      }),
  ]
})
