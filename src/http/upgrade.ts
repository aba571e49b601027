import { type IncomingMessage, type Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** RFC 9110 7.8: a server may ignore an upgrade, and this one knows only WebSockets (RFC 6455 4.2.1). */
export function isWebSocketUpgrade({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket'
}

/**
 * For `createServer`: Node from 22.21 and 24.9 on asks which upgrades to accept, and serves the others as requests. An
 * older one hands all of them to the listener; see serveAsRequest. (A value of its own: the types of Node 20 lack it.)
 */
export const upgradeOptions = { shouldUpgradeCallback: isWebSocketUpgrade }

const hopByHop: ReadonlySet<string> = new Set(['connection', 'upgrade', 'http2-settings'])

/**
 * Serves a request that Node took for an upgrade. Its parser has let go of the connection at the end of the header, before
 * the body: so the connection is begun again, with the same request without the wish. It is the last one there, because
 * Node keeps only so many lines of a header: where the one about the length is lost, the body must not become a request.
 */
export function serveAsRequest(server: Server, request: IncomingMessage, stream: Duplex, head: Buffer): void {
  stream.unshift(Buffer.concat([Buffer.from(headerOf(request), 'latin1'), head]))
  server.emit('connection', stream)
}

/**
 * Calls back when every request that came before on a connection has been answered (RFC 9112 9.3.2: in their order). A
 * connection that is begun again knows nothing of them, and would keep its answer behind theirs for ever.
 */
export function inTurn(stream: Duplex, then: () => void): void {
  const before = answerUnderWay(stream)
  if (before === null) return then()
  before.once('close', () => {
    if (!stream.destroyed) inTurn(stream, then)
  })
}

/** By a property of Node's own: to remember the answers of all connections would cost every request, for the sake of few. */
function answerUnderWay(stream: Duplex): ServerResponse | null {
  const response: unknown = Reflect.get(stream, '_httpMessage')
  return response instanceof ServerResponse ? response : null
}

function headerOf({ method, url, httpVersion, rawHeaders }: IncomingMessage): string {
  const lines = rawHeaders.flatMap((name, index) => {
    const isName = index % 2 === 0 && !hopByHop.has(name.toLowerCase())
    return isName ? [`${name}: ${rawHeaders[index + 1]}`] : []
  })
  return [`${method} ${url} HTTP/${httpVersion}`, ...lines, 'Connection: close', '', ''].join('\r\n')
}
