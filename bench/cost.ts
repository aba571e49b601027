import { ApolloServer, type BaseContext } from '@apollo/server'
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled'
import { type GraphQLSchema, parse } from 'graphql'
import { apolloPlugin } from '../src/graphql/plugins/authorization.js'
import { assertAnswer, type Contender } from './contender.js'
import { createFieldgate, createFieldgateOnGraphql, createProtected } from './contenders/fieldgate.js'
import {
  createCompiledOpen,
  createOpen,
  createOpenSchema,
  createOpenWithResolvers,
} from './contenders/open.js'
import { compare, cpuSince, type Effort, type Measured, type Spread, spreadOf } from './measure.js'
import { type Context, list2000, list2000Missing, queries, type Query } from './people.js'

export type Cost = { readonly query: string; readonly measured: readonly Measured[] }

const { one, list100, list1000, nested } = queries

/** What protection costs on one executor: each query without it, with it, and in further ways to compare with. */
async function costOn(contenders: readonly Contender[], effort: Effort): Promise<readonly Cost[]> {
  const costs = []
  for (const query of [one, list100, list1000, nested]) {
    const expected = await createOpen().prepare(query)()
    const subjects = []
    for (const contender of contenders) {
      const run = contender.prepare(query)
      for (let time = 0; time < 20; time++) assertAnswer(contender.name, query, expected, await run())
      subjects.push({ name: contender.name, run })
    }
    costs.push({ query: query.name, measured: await compare(subjects, effort) })
  }
  return costs
}

// One protected contender in a process: two engines would keep each other's checks from being inlined. What has no
// authorization runs twice, as a measure of noise.
export const costOfProtection = (effort: Effort) =>
  costOn(
    [
      createOpen(),
      createFieldgateOnGraphql(),
      createOpenWithResolvers(),
      createOpen('no authorization, again'),
    ],
    effort,
  )

export const costOfProtectionCompiled = (effort: Effort) =>
  costOn(
    [createCompiledOpen(), createFieldgate(), createCompiledOpen('no authorization, compiled, again')],
    effort,
  )

type Server<C extends BaseContext> = { readonly server: ApolloServer<C>; readonly name: string }

/** The same through the whole of Apollo Server but its transport. */
export async function costOnApollo(effort: Effort): Promise<readonly Cost[]> {
  const { authorization, schema } = createProtected()
  const plain = (schemaOf: GraphQLSchema) =>
    new ApolloServer<Context>({ schema: schemaOf, plugins: [ApolloServerPluginCacheControlDisabled()] })
  const protectedServer = new ApolloServer<Context>({
    schema,
    plugins: [ApolloServerPluginCacheControlDisabled(), apolloPlugin<Context>(authorization)],
  })
  const servers: readonly Server<Context>[] = [
    { name: 'Apollo, no authorization', server: plain(createOpenSchema()) },
    { name: 'Apollo with Fieldgate', server: protectedServer },
    { name: 'Apollo, no authorization, again', server: plain(createOpenSchema()) },
  ]
  const costs = []
  for (const query of [one, list1000]) {
    const subjects = servers.map(({ name, server }) => ({ name, run: requestOf(server, query) }))
    costs.push({ query: query.name, measured: await compare(subjects, effort) })
  }
  await Promise.all(servers.map(({ server }) => server.stop()))
  return costs
}

function requestOf(server: ApolloServer<Context>, { source, caller }: Query) {
  return async () => {
    const { body } = await server.executeOperation({ query: source }, { contextValue: { caller } })
    if (body.kind === 'single' && !body.singleResult.errors) return body.singleResult
    throw new Error(`Apollo refused: ${JSON.stringify(body)}`)
  }
}

export type RefusedList = { readonly measured: readonly Measured[]; readonly errors: number }

/** A field refused on each item of a list, against the same list granted. */
export async function costOfRefusal(effort: Effort): Promise<RefusedList> {
  const fieldgate = createFieldgateOnGraphql()
  const refused = fieldgate.prepare(list2000Missing)
  const answer = await refused()
  assertAnswer(fieldgate.name, list2000Missing, await createOpen().prepare(list2000)(), answer)
  const measured = await compare(
    [
      { name: list2000.name, run: fieldgate.prepare(list2000) },
      { name: list2000Missing.name, run: refused },
    ],
    effort,
  )
  return { measured, errors: answer.errors?.length ?? 0 }
}

export type Decided = { readonly query: string; readonly nanoseconds: Spread }

/** A decision on a document and a caller that were seen before. */
export async function costOfDecision({ rounds }: Effort): Promise<readonly Decided[]> {
  const { authorization } = createProtected()
  const times = 20_000
  const decided = []
  for (const query of [one, list1000, queries.listMissing, queries.refused]) {
    const laps = []
    for (let round = -5; round < rounds; round++) {
      const before = process.cpuUsage()
      for (let left = times; left > 0; left--) {
        authorization.plan(query.document, undefined, undefined, query.caller)
      }
      if (round >= 0) laps.push((cpuSince(before) * 1000) / times)
    }
    decided.push({ query: query.name, nanoseconds: spreadOf(laps) })
  }
  return decided
}

/** Fragments each of which spreads the next one twice: 2^n selections to whoever follows them all. */
function doubling(fragments: number): string {
  const definitions = Array.from(
    { length: fragments - 1 },
    (_, at) => `fragment F${at} on Person { id ...F${at + 1} ...F${at + 1} }`,
  )
  const last = `fragment F${fragments - 1} on Person { id email }`
  return [`{ people(first: 100) { ...F0 } }`, ...definitions, last].join('\n')
}

export type Analysed = {
  readonly fragments: number
  readonly characters: number
  /** Microseconds for a document that was never seen. */
  readonly microseconds: Spread
}

export type Analysis = {
  readonly documents: readonly Analysed[]
  /** Microseconds = base + perFragment x fragments, by least squares over the medians up to 30 fragments. */
  readonly fit: { readonly base: number; readonly perFragment: number; readonly r2: number }
}

/** The plan of documents that double at each fragment: a new document each time, parsed before the clock runs. */
export function costOfAnalysis({ rounds }: Effort): Analysis {
  const { authorization } = createProtected()
  const sizes = [5, 10, 15, 20, 25, 30, 60, 120]
  const laps = new Map(sizes.map((size) => [size, [] as number[]]))
  const batch = 40
  for (let round = -20; round < rounds; round++) {
    for (const [size, own] of laps) {
      const documents = Array.from({ length: batch }, () => parse(doubling(size), { noLocation: true }))
      const before = process.cpuUsage()
      for (const document of documents) authorization.plan(document, null, null, queries.one.caller)
      if (round >= 0) own.push(cpuSince(before) / batch)
    }
  }
  const documents = [...laps].map(([fragments, own]) => ({
    fragments,
    characters: doubling(fragments).length,
    microseconds: spreadOf(own),
  }))
  const measured = documents.filter(({ fragments }) => fragments <= 30)
  return { documents, fit: fitLine(measured.map((one) => [one.fragments, one.microseconds.median])) }
}

function fitLine(points: readonly (readonly [number, number])[]): Analysis['fit'] {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [meanX, meanY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))]
  const variance = mean(points.map(([x]) => (x - meanX) ** 2))
  const perFragment = mean(points.map(([x, y]) => (x - meanX) * (y - meanY))) / variance
  const base = meanY - perFragment * meanX
  const unexplained = mean(points.map(([x, y]) => (y - base - perFragment * x) ** 2))
  const r2 = 1 - unexplained / mean(points.map(([, y]) => (y - meanY) ** 2))
  return { base, perFragment, r2 }
}
