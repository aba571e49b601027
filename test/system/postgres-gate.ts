import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export type PostgresGate = Awaited<ReturnType<typeof startPostgresGate>>

/** Before a statement of the transaction (by its number, START TRANSACTION is 0), or between its commit and the answer. */
export type StopAt = number | 'committed'

type Stop = { at: StopAt; reached: () => void }

/**
 * A way to Postgres that can stop a transaction at any of its steps: what stands before the gate has not reached
 * Postgres, what stands behind it has not come back. `isSecond` tells the transaction that is meant from all others,
 * by the first statement after its start.
 */
export async function startPostgresGate(target: string, isSecond: (sql: string) => boolean) {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  let latest: readonly string[] = []
  let stop: Stop | null = null

  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ port: Number(port), host: hostname, noDelay: true })
    const readMessages = createMessageReader()
    let transaction: string[] = []
    let passing = true

    function passes(sql: string | null): boolean {
      if (sql === null) return true
      // What comes after its end on the same connection, such as a look of the audit upkeep, is none of its steps.
      if (sql.startsWith('START TRANSACTION') || transaction.at(-1) === 'COMMIT') transaction = []
      transaction.push(sql)
      if (isSecond(transaction[1] ?? '')) latest = transaction
      return latest !== transaction || stop?.at !== transaction.length - 1
    }

    client.on('data', (data) => {
      for (const message of readMessages(data)) {
        passing &&= passes(statementOf(message))
        if (passing) upstream.write(message)
        else reachStop()
      }
    })
    upstream.on('data', (data) => {
      if (passing && stop?.at === 'committed' && latest === transaction && data.includes('COMMIT\0')) {
        passing = false
        reachStop()
      }
      if (passing) client.write(data)
    })
    join(client, upstream)
    join(upstream, client)
  }).listen(0, '127.0.0.1')

  function reachStop(): void {
    stop?.reached()
    stop = null
  }

  /** Ends together: Postgres rolls back as soon as the process at the other side is gone. */
  function join(socket: Socket, other: Socket): void {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      sockets.delete(socket)
      other.destroy()
    })
  }

  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('A TCP server has a port.')
  const url = new URL(target)
  url.port = String(address.port)

  return {
    /** The target, through this gate. */
    url: url.href,
    /** The statements of the latest transaction of the kind that is meant, from its start on. */
    steps: (): readonly string[] => latest,
    /** Stops the next such transaction. Resolves when it stands there. */
    stopAt: (at: StopAt): Promise<void> =>
      new Promise((reached) => {
        stop = { at, reached }
      }),
    async close(): Promise<void> {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Cuts what a client sends into messages. PostgreSQL protocol 3.0: a type, but for the first one, and the length. */
function createMessageReader(): (data: Buffer) => Buffer[] {
  let rest = Buffer.alloc(0)
  let typeBytes = 0

  return (data) => {
    const messages = []
    rest = Buffer.concat([rest, data])
    while (rest.length >= typeBytes + 4) {
      const end = typeBytes + rest.readInt32BE(typeBytes)
      if (rest.length < end) break
      messages.push(rest.subarray(0, end))
      rest = rest.subarray(end)
      typeBytes = 1
    }
    return messages
  }
}

/** Of Query and Parse; null for messages without SQL. */
function statementOf(message: Buffer): string | null {
  const type = String.fromCharCode(message[0] ?? 0)
  const [first = '', second = ''] = message.subarray(5).toString('utf8').split('\0')
  if (type === 'Q') return first
  return type === 'P' ? second : null
}
