import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Schedule } from '../domains/schedule.js'
import { inTurn, isWebSocketUpgrade, serveAsRequest } from './upgrade.js'

/** A WebSocket that has just been opened, and the request that opened it. */
export type OpenedSocket = {
  socket: WebSocket
  request: IncomingMessage
  requestId: string
  clientAddress: string
}

export type WebSocketOptions = {
  /** The only path that is upgraded. */
  path: string
  /** Chooses among what the client offers; false for none. */
  chooseProtocol: (offered: Set<string>) => string | false
  /** Pages of other origins could use the cookies of who visits them: browsers do not hold them back here. */
  isAllowedOrigin: (origin: string) => boolean
  identify: (request: IncomingMessage) => Pick<OpenedSocket, 'requestId' | 'clientAddress'>
  maxMessageBytes: number
  /** How often each client is asked whether it is still there. One that did not answer the last time is cut. */
  pingEverySeconds: number
  schedule: Schedule
  onOpen: (opened: OpenedSocket) => void
}

export type WebSockets = {
  /** Takes no more; those that are open are theirs who took them. */
  stop: () => void
}

/** Turns the upgrade requests of an HTTP server (RFC 6455 4.2) into open sockets; other upgrades are not made. */
export function attachWebSockets(server: Server, options: WebSocketOptions): WebSockets {
  const upgrades = new WebSocketServer({
    noServer: true,
    maxPayload: options.maxMessageBytes,
    handleProtocols: options.chooseProtocol,
  })
  const stopPinging = keepAlive(upgrades, options)
  let phase: 'open' | 'stopped' = 'open'

  function upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    if (!isWebSocketUpgrade(request)) {
      return inTurn(stream, () => serveAsRequest(server, request, stream, head))
    }
    stream.on('error', () => stream.destroy())
    const refusal = phase === 'stopped' ? '503 Service Unavailable' : refusalOf(request, options)
    if (refusal !== null) return refuse(stream, refusal)
    upgrades.handleUpgrade(request, stream, head, (socket) => {
      upgrades.emit('connection', socket)
      options.onOpen({ socket, request, ...options.identify(request) })
    })
  }

  server.on('upgrade', upgrade)
  return {
    stop() {
      phase = 'stopped'
      stopPinging()
    },
  }
}

function refusalOf(request: IncomingMessage, { path, isAllowedOrigin }: WebSocketOptions): string | null {
  if (request.url?.split('?', 1)[0] !== path) return '404 Not Found'
  const { origin } = request.headers
  // RFC 6455 10.2. Who sends no Origin is no browser, and nobody's cookies are with it.
  return origin === undefined || isAllowedOrigin(origin) ? null : '403 Forbidden'
}

function refuse(stream: Duplex, status: string): void {
  // Ended alone, it would stay open until the peer ends it too.
  stream.once('finish', () => stream.destroy())
  stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

/** A peer that is gone without a word is found out, and one that stopped reading too: it has not read the ping. */
function keepAlive(upgrades: WebSocketServer, { schedule, pingEverySeconds }: WebSocketOptions): () => void {
  const silent = new WeakSet<WebSocket>()
  upgrades.on('connection', (socket) => socket.on('pong', () => silent.delete(socket)))

  function round(): void {
    for (const socket of upgrades.clients) {
      if (silent.has(socket)) socket.terminate()
      else if (socket.readyState === socket.OPEN) {
        silent.add(socket)
        socket.ping()
      }
    }
    callOff = schedule(round, pingEverySeconds)
  }
  let callOff = schedule(round, pingEverySeconds)
  return () => callOff()
}
