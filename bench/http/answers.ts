import { isDeepStrictEqual } from 'node:util'
import type { Load, Request } from './load.js'
import type { Operation } from './operations.js'
import { callerHeader, callers } from './population.js'
import type { ServerProcess } from './server-process.js'

/**
 * What is sent to a server for an operation. Each request is asked once and its answer checked: a contender that answers
 * something else does other work, so its time says nothing.
 */
export async function prepareLoad(
  server: ServerProcess,
  operation: Operation,
): Promise<Omit<Load, 'seconds'>> {
  const { url, name, tokens } = server
  const requests = Array.from({ length: operation.connections }, (_, connection) => ({
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${tokens[connection]}`,
      [callerHeader]: callers[connection]?.id ?? '',
    },
    body: operation.bodyOf(connection),
  }))
  const lengths = new Set<number>()
  for (const [connection, request] of requests.entries()) {
    const text = await answerTo(url, request, operation.dataOf(connection)).catch((cause: unknown) => {
      throw new Error(`${name}, ${operation.name}`, { cause })
    })
    lengths.add(text.length)
  }
  const [characters, ...others] = lengths
  if (characters === undefined || others.length > 0) {
    throw new Error(`${name}, ${operation.name}: answers of different lengths.`)
  }
  return { url, requests, characters }
}

async function answerTo(url: string, { headers, body }: Request, data: unknown): Promise<string> {
  const response = await fetch(url, { method: 'POST', headers, body })
  const text = await response.text()
  if (response.status === 200 && isDeepStrictEqual(JSON.parse(text), { data })) return text
  throw new Error(`${response.status} ${text.slice(0, 400)}`)
}
