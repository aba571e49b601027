import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export type BlackHoleProxy = Awaited<ReturnType<typeof startBlackHoleProxy>>

/** A way to Postgres that can swallow everything, as a broken network does: no data, no error, no end. */
export async function startBlackHoleProxy(target: string) {
  let { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  let swallowing = false

  function relay(from: Socket, to: Socket): void {
    sockets.add(from)
    from.on('data', (data) => swallowing || to.write(data))
    from.on('error', () => from.destroy())
    from.on('close', () => {
      sockets.delete(from)
      if (!swallowing) to.destroy()
    })
  }

  // Without delay: a proxy that waits to fill its packets (RFC 896) would be what is measured.
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ port: Number(port), host: hostname, noDelay: true })
    relay(client, upstream)
    relay(upstream, client)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('A TCP server has a port.')
  const url = new URL(target)
  url.port = String(address.port)

  return {
    /** The target, through this proxy. */
    url: url.href,
    swallow(): void {
      swallowing = true
    },
    /** Passes on what comes from now on. What was swallowed is lost, so that old connections stay broken. */
    pass(): void {
      swallowing = false
    },
    /** New connections go there. */
    leadTo(other: string): void {
      ;({ hostname, port } = new URL(other))
    },
    async stop(): Promise<void> {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
