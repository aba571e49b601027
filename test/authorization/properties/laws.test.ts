import fc from 'fast-check'
import { buildSchema, type GraphQLError, isObjectType, parse, print } from 'graphql'
import { describe, expect, test } from 'vitest'
import {
  createAuthorization,
  createExecutors,
  type Mode,
  type Policy,
} from '../../../src/authorization/index.js'
import { executorOf } from '../../support/executor.js'
import type { TestContext } from '../doors.js'
import {
  datumOf,
  drawSchema,
  printSchema,
  registry,
  rootValue,
  type SchemaModel,
  scopeNames,
  type Value,
  withOneMoreRule,
} from './model.js'
import { drawQuestion, printQuestion, type Question, rewritings } from './operation.js'
import { foresee } from './oracle.js'
import { createTape, tapes } from './tape.js'

/** FAST_CHECK_RUNS=10000 is the nightly profile: it looks elsewhere each time, the normal one where it always did. */
const nightlyRuns = process.env['FAST_CHECK_RUNS']
const numRuns = Number(nightlyRuns ?? 300)
const seed = nightlyRuns === undefined ? { seed: 1, endOnFailure: true } : {}
const timeout = 60_000 + numRuns * 200

const isOdd = (parent: Readonly<Record<string, unknown>>) => Number(parent['seed']) % 2 === 1

const policies: Readonly<Record<string, Policy<TestContext>>> = {
  yes: { dependsOn: 'request', check: () => true },
  no: { dependsOn: 'request', check: () => ({ denied: 'never' }) },
  later: { dependsOn: 'request', check: async () => true },
  odd: { dependsOn: 'parent', check: ({ parent }) => isOdd(parent) },
  oddOfMany: { dependsOn: 'parent', batch: async ({ parents }) => parents.map(isOdd) },
  big: { dependsOn: 'arguments', check: ({ args }) => Number(args['x']) > 4 },
}

function createEngine(model: SchemaModel, mode: Mode = 'partial') {
  const ran: string[] = []
  const authorization = createAuthorization<TestContext>({
    scopes: registry,
    policies,
    mode,
    callerOf: ({ caller }) => caller,
    exposeRequirements: true,
  })
  // What the model prints is valid; ten thousand validations would only cost time.
  const typeDefs = [authorization.typeDefs, printSchema(model)].join('\n')
  const open = buildSchema(typeDefs, { assumeValid: true, assumeValidSDL: true })
  for (const { name, fields } of model.types) {
    const type = open.getType(name)
    if (!isObjectType(type)) continue
    for (const field of fields) {
      Object.assign(Object(type.getFields()[field.name]), {
        resolve: (parent: Value) => {
          ran.push(`${name}.${field.name}`)
          const datum = datumOf(model, parent, field)
          return parent.seed % 3 === 0 ? Promise.resolve(datum) : datum
        },
      })
    }
  }
  const schema = authorization.protect(open)
  return { authorization, schema, ran }
}

const callerOf = ({ scopes }: Question) => (scopes ? { id: 'somebody', scopes } : null)

type Engine = ReturnType<typeof createEngine>

const argsFor = ({ schema }: Engine, question: Question) => {
  const { document, variables } = printQuestion(question)
  const contextValue: TestContext = { caller: callerOf(question) }
  return { schema, document: parse(document), variableValues: variables, rootValue, contextValue }
}

const plain = (value: unknown) => JSON.parse(JSON.stringify(value ?? null))

const placeOf = (path: GraphQLError['path']) => path?.filter((key) => typeof key === 'string').join('.') ?? ''

/** What a refusal says would help. */
function toldBy({ path, extensions }: GraphQLError) {
  const { coordinate, required = [] } = plain(extensions)
  const sets: readonly (readonly string[])[] = required
  return { place: placeOf(path), coordinate: String(coordinate), sets }
}

/** The guards alone, without a plan. */
async function askGuards(engine: Engine, question: Question) {
  const { data, errors = [] } = await executorOf(engine)(argsFor(engine, question))
  // A null in the place of something that must not be null is an error too, but no refusal.
  const refusals = errors.filter(({ extensions }) => 'coordinate' in extensions)
  const places = refusals.map(({ path }) => placeOf(path))
  const codes = refusals.map(({ extensions }) => extensions['code'])
  return { data: plain(data), places: new Set(places), codes, told: refusals.map(toldBy) }
}

function planOf(engine: Engine, question: Question) {
  const { document, variables } = printQuestion(question)
  return engine.authorization.plan(parse(document), null, variables, callerOf(question))
}

/** Everything at a path of response keys, through lists. */
function valuesAt(data: unknown, [key, ...rest]: readonly string[]): readonly unknown[] {
  if (Array.isArray(data))
    return data.flatMap((item) => valuesAt(item, key === undefined ? [] : [key, ...rest]))
  if (key === undefined) return [data]
  return typeof data === 'object' && data !== null && key in data
    ? valuesAt(Reflect.get(data, key), rest)
    : []
}

const isNothing = (value: unknown): boolean => value === null || value === undefined

/** Lists of nothing, too: where every possible type is refused, the plan does not wait to see that there are none. */
const holdsNothing = (value: unknown): boolean =>
  isNothing(value) || (Array.isArray(value) && value.every(holdsNothing))

/** Whether one answer is another with parts of it taken away. */
function isPartOf(less: unknown, more: unknown): boolean {
  if (isNothing(less)) return true
  if (typeof less !== 'object' || typeof more !== 'object' || isNothing(more)) return less === more
  return Object.entries(Object(less)).every(([key, value]) => isPartOf(value, Reflect.get(Object(more), key)))
}

const withoutSuffix = (value: unknown) =>
  JSON.parse(JSON.stringify(value).replaceAll(/"(k\d+)x+":/g, '"$1":'))

type World = { readonly model: SchemaModel; readonly question: Question; readonly extra: readonly number[] }

function law(sentence: string, holds: (world: World) => Promise<void>) {
  test(sentence, { timeout }, () =>
    fc.assert(
      fc.asyncProperty(tapes, async ({ schema, question, extra }) => {
        const model = drawSchema(createTape(schema))
        const asked = drawQuestion(model, createTape(question))
        try {
          await holds({ model, question: asked, extra })
        } catch (error) {
          if (error instanceof Error)
            error.message += `\n${printSchema(model)}\n${printQuestion(asked).document}\n${JSON.stringify([asked.scopes, printQuestion(asked).variables])}`
          throw error
        }
      }),
      { numRuns, ...seed },
    ),
  )
}

const rootOf = ({ kind }: Question) => (kind === 'query' ? 'Query' : 'Mutation')

describe('the oracle', () => {
  law('is not contradicted by the guards alone', async ({ model, question }) => {
    const engine = createEngine(model)
    const expected = foresee(model, question)
    const found = await askGuards(engine, question)
    if (question.kind === 'mutation' && planOf(engine, question).status !== 200) {
      expect(engine.ran).toEqual([])
      return
    }
    expect(found.data).toEqual(plain(expected.data))
    for (const place of found.places) expect(expected.refused).toContain(place)
    if (expected.bubbled === 'no') expect(found.places).toEqual(expected.refused)
    const code = question.scopes ? 'FORBIDDEN' : 'UNAUTHENTICATED'
    expect(new Set([...found.codes, code])).toEqual(new Set([code]))
  })

  law('is not contradicted behind the plan', async ({ model, question }) => {
    const engine = createEngine(model)
    const { data } = foresee(model, question)
    const { execute: run } = createExecutors(engine.authorization, { execute: executorOf(engine) })
    const found = await run(argsFor(engine, question))
    if (planOf(engine, question).status === 200) return expect(plain(found.data)).toEqual(plain(data))
    expect(found).not.toHaveProperty('data')
    expect(engine.ran).toEqual([])
    // What is refused whole is a query of which nothing is left, or anything else with a refusal in it.
    const roots = Object.values(Object(data)).filter((value) => value !== 'Query')
    if (question.kind === 'query') expect(roots.filter((value) => !holdsNothing(value))).toEqual([])
  })
})

describe('plan and guards', () => {
  law('agree on what is refused and on what is allowed', async ({ model, question }) => {
    const engine = createEngine(model)
    const plan = planOf(engine, question)
    const { data, refused } = foresee(model, question)
    for (const { path } of plan.refusals)
      expect(valuesAt(data, path).filter((value) => !isNothing(value))).toEqual([])
    if (plan.verdict !== 'allow') return
    expect([...refused]).toEqual([])
    expect((await askGuards(engine, question)).places).toEqual(new Set())
  })

  law('agree in `reject`: a refusal ends the operation before anything runs', async ({ model, question }) => {
    const engine = createEngine(model, 'reject')
    const { refusals } = planOf(engine, question)
    const { data } = await askGuards(engine, question)
    if (refusals.length === 0) return expect(data).toEqual(plain(foresee(model, question).data))
    expect(engine.ran).toEqual([])
  })
})

describe('what is required', () => {
  law('is what whoever brings it is not told again', async ({ model, question }) => {
    const engine = createEngine(model)
    const { told } = await askGuards(engine, question)
    for (const { place, coordinate, sets } of told.slice(0, 3)) {
      for (const set of sets) {
        const scopes = [...(question.scopes ?? []), ...set]
        const after = await askGuards(engine, { ...question, scopes })
        const again = after.told.filter((other) => other.place === place && other.coordinate === coordinate)
        expect(again.flatMap((other) => other.sets)).not.toContainEqual(set)
      }
    }
  })

  law('is something wherever scopes would help a caller', async ({ model, question }) => {
    if (!question.scopes) return
    const { told } = await askGuards(createEngine(model), question)
    const { refused } = foresee(model, { ...question, scopes: [...scopeNames] })
    for (const { place, sets } of told) if (sets.length === 0) expect(refused).toContain(place)
  })
})

describe('a rule more', () => {
  law('never turns a refusal into an answer', async ({ model, question, extra }) => {
    const stricter = createEngine(withOneMoreRule(model, createTape(extra)))
    const before = await askGuards(createEngine(model), question)
    const after = await askGuards(stricter, question)
    expect(isPartOf(after.data, before.data)).toBe(true)
  })
})

law('the answer stays the same when the operation is written in another way', async ({ model, question }) => {
  const engine = createEngine(model)
  const before = await askGuards(engine, question)
  const planned = planOf(engine, question)
  for (const rewrite of rewritings) {
    const rewritten = { ...question, selections: rewrite(question.selections, rootOf(question)) }
    expect(withoutSuffix((await askGuards(engine, rewritten)).data)).toEqual(before.data)
    const { verdict, status } = planOf(engine, rewritten)
    expect([verdict, status]).toEqual([planned.verdict, planned.status])
  }
  const args = argsFor(engine, question)
  const reprinted = await executorOf(engine)({ ...args, document: parse(print(args.document)) })
  expect(plain(reprinted.data)).toEqual(before.data)
})
