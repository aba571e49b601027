import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

const idleSweepMs = 50

/**
 * Returns a stop for a listening server: takes no new connections, lets what runs finish, closes connections as
 * they fall idle (a keep-alive client would hold the stop for its whole time-out), and after `graceMs` cuts the rest,
 * upgraded ones too. Calling it again waits for the same end.
 */
export function createGracefulStop(app: FastifyInstance, graceMs: number): () => Promise<void> {
  const sockets = new Set<Socket>()
  app.server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  const cutAll = () => {
    for (const socket of sockets) socket.destroy()
  }

  let stopped: Promise<void> | undefined
  return () => {
    stopped ??= closeWithin(app, graceMs, cutAll)
    return stopped
  }
}

async function closeWithin(app: FastifyInstance, graceMs: number, cutAll: () => void): Promise<void> {
  const sweep = setInterval(() => app.server.closeIdleConnections(), idleSweepMs)
  const cut = setTimeout(cutAll, graceMs)
  try {
    await app.close()
  } finally {
    clearInterval(sweep)
    clearTimeout(cut)
  }
}
