import { type Spread, spreadOf } from '../measure.js'
import { prepareLoad } from './answers.js'
import { startChild } from './child.js'
import type { ContenderName } from './contender.js'
import type { Load, Loaded } from './load.js'
import type { Operation } from './operations.js'
import type { ServerProcess } from './server-process.js'

export type Effort = {
  readonly rounds: number
  readonly seconds: number
  readonly warmUpSeconds: number
}

export type MeasuredServer = {
  readonly contender: ContenderName
  readonly requests: number
  readonly requestsPerSecond: Spread
  /** Requests per second as a multiple of the first contender's in the same round. */
  readonly ratio: Spread
  /** Microseconds of CPU time of the server's process, all threads, for a request. */
  readonly microseconds: Spread
  /** The same as a multiple of the first contender's in the same round. */
  readonly cpuRatio: Spread
  /** Milliseconds. */
  readonly p50: Spread
  readonly p99: Spread
}

export type Comparison = { readonly operation: string; readonly servers: readonly MeasuredServer[] }

export type LoadProcess = ReturnType<typeof startLoad>

/** Sends the requests, in a process of its own. */
export const startLoad = () => startChild<Load, Loaded>('load.js', [], {})

type Lap = Loaded & { readonly microseconds: number }

export async function lap(loader: LoadProcess, server: ServerProcess, load: Load): Promise<Lap> {
  const before = await server.cpu()
  const loaded = await loader.ask(load)
  const microseconds = ((await server.cpu()) - before) / loaded.requests
  if (loaded.faults > 0)
    throw new Error(`${server.name}: ${loaded.faults} requests of ${loaded.requests} failed.`)
  return { ...loaded, microseconds }
}

/**
 * Loads one server after another, in alternating rounds, each round beginning with another one. The others are idle
 * meanwhile. Throws where a request fails.
 */
export async function compareServers(
  loader: LoadProcess,
  servers: readonly ServerProcess[],
  operation: Operation,
  { rounds, seconds, warmUpSeconds }: Effort,
): Promise<Comparison> {
  const runners = []
  for (const server of servers) {
    const load = await prepareLoad(server, operation)
    await lap(loader, server, { ...load, seconds: warmUpSeconds })
    runners.push({ server, load, laps: [] as Lap[] })
  }
  for (let round = 0; round < rounds; round++) {
    const first = round % runners.length
    for (const { server, load, laps } of [...runners.slice(first), ...runners.slice(0, first)]) {
      laps.push(await lap(loader, server, { ...load, seconds }))
    }
  }
  const base = runners[0]?.laps ?? []
  return {
    operation: operation.title,
    servers: runners.map(({ server, laps }) => ({ contender: server.name, ...summaryOf(laps, base) })),
  }
}

function summaryOf(laps: readonly Lap[], base: readonly Lap[]): Omit<MeasuredServer, 'contender'> {
  const spread = (value: (lap: Lap) => number) => spreadOf(laps.map(value))
  const against = (value: (lap: Lap) => number) =>
    spreadOf(laps.map((one, at) => value(one) / (base[at] ? value(base[at]) : Number.NaN)))
  return {
    requests: laps.reduce((sum, { requests }) => sum + requests, 0),
    requestsPerSecond: spread((one) => one.requestsPerSecond),
    ratio: against((one) => one.requestsPerSecond),
    microseconds: spread((one) => one.microseconds),
    cpuRatio: against((one) => one.microseconds),
    p50: spread((one) => one.p50),
    p99: spread((one) => one.p99),
  }
}
