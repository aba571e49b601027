import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

// PostgreSQL protocol 3.0, "Message Formats": ReadyForQuery, idle; and an ErrorResponse of severity FATAL, code 57P01.
const readyForQuery = Buffer.from('Z\0\0\0\x05I', 'latin1')
const fields = Buffer.from(
  'SFATAL\0C57P01\0Mterminating connection due to administrator command\0\0',
  'latin1',
)
const farewell = Buffer.concat([Buffer.from('E'), Buffer.alloc(4), fields])
farewell.writeInt32BE(fields.length + 4, 1)

/**
 * Stands before Postgres, counts the packets that clients send, and can end each new connection with the very packet that
 * says it is ready.
 */
export async function startPostgresProxy(databaseUrl: string) {
  const target = new URL(databaseUrl)
  const sockets = new Set<Socket>()
  let manner: 'polite' | 'brusque' = 'polite'
  let packets = 0

  const server = createServer((client) => {
    const upstream = connect({ host: target.hostname, port: Number(target.port) })
    const isBrusque = manner === 'brusque'
    for (const socket of [client, upstream]) sockets.add(socket.on('error', () => socket.destroy()))
    client.on('data', () => (packets += 1)).pipe(upstream)
    upstream.on('data', (data) => {
      if (isBrusque && data.subarray(-readyForQuery.length).equals(readyForQuery)) {
        client.end(Buffer.concat([data, farewell]))
        upstream.destroy()
      } else client.write(data)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port')
  const url = new URL(databaseUrl)
  url.hostname = '127.0.0.1'
  url.port = String(address.port)

  return {
    url: url.href,
    /** How many packets clients have sent while `work` ran. */
    async packetsOf(work: () => Promise<unknown>): Promise<number> {
      const before = packets
      await work()
      return packets - before
    },
    sayFarewell: () => {
      manner = 'brusque'
    },
    stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
