import { isDeepStrictEqual } from 'node:util'
import type { Operation } from './operations.js'
import type { ServerProcess } from './server-process.js'

/**
 * Asks once for each connection. A contender that answers something else does other work, so its time says nothing.
 * @returns the length of an answer
 */
export async function checkAnswers(server: ServerProcess, operation: Operation): Promise<number> {
  const lengths = new Set<number>()
  for (let connection = 0; connection < operation.connections; connection++) {
    lengths.add(await checkAnswer(server, operation, connection))
  }
  const [length, ...others] = lengths
  if (length === undefined || others.length > 0) {
    throw new Error(`${server.name}, ${operation.name}: answers of different lengths.`)
  }
  return length
}

async function checkAnswer(
  { name, url, token }: ServerProcess,
  operation: Operation,
  connection: number,
): Promise<number> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: operation.bodyOf(connection),
  })
  const text = await response.text()
  const right =
    response.status === 200 && isDeepStrictEqual(JSON.parse(text), { data: operation.dataOf(connection) })
  if (right) return text.length
  throw new Error(`${name}, ${operation.name}: ${response.status} ${text.slice(0, 400)}`)
}
