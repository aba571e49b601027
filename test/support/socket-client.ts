import { once } from 'node:events'
import { WebSocket } from 'ws'

export type Message = { type: string; id?: string; payload?: unknown }
export type SocketOptions = {
  headers?: Record<string, string>
  protocol?: string
  /** Left out: the first message is not sent. */
  init?: Record<string, unknown> | 'without payload'
}

export type SocketClient = Awaited<ReturnType<typeof openSocket>>

/** A client that speaks graphql-transport-ws by hand, so that a test sees each message and the close code. */
export async function openSocket(baseUrl: string, { headers = {}, protocol, init }: SocketOptions = {}) {
  const url = `${baseUrl.replace('http', 'ws')}/graphql`
  const socket = new WebSocket(url, protocol ?? 'graphql-transport-ws', { headers })
  const messages: Message[] = []
  const readers: ((message: Message) => void)[] = []
  socket.on('message', (data: Buffer) => {
    const message: Message = JSON.parse(data.toString())
    const reader = readers.shift()
    if (reader) reader(message)
    else messages.push(message)
  })
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once('close', (code, reason) => resolve({ code, reason: String(reason) }))
  })
  await once(socket, 'open')

  const send = (message: Message) => socket.send(JSON.stringify(message))
  if (init) send({ type: 'connection_init', ...(init !== 'without payload' && { payload: init }) })

  function next(): Promise<Message> {
    const message = messages.shift()
    if (message) return Promise.resolve(message)
    const arrived = new Promise<Message>((resolve) => readers.push(resolve))
    const lost = closed.then(({ code }) => Promise.reject<Message>(new Error(`The socket closed: ${code}`)))
    return Promise.race([arrived, lost])
  }

  return {
    socket,
    closed,
    send,
    start: (id: string, query: string, variables: Record<string, unknown> = {}) =>
      send({ type: 'subscribe', id, payload: { query, variables } }),
    /** The next message, whichever it is. Rejects when the socket closes before. */
    next,
    /** The next message that fits, past events in between. Rejects when an operation is refused, or the socket closes. */
    async messageThat(fits: (message: Message) => boolean): Promise<Message> {
      for (;;) {
        const message = await next()
        if (fits(message)) return message
        if (message.type === 'error') throw new Error(`An operation was refused: ${JSON.stringify(message)}`)
      }
    },
    close: () => socket.close(),
  }
}

/** The status with which an upgrade is refused. */
export async function refusedUpgrade(url: string, headers: Record<string, string>): Promise<number> {
  const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws', { headers })
  const refused = once(socket, 'unexpected-response')
  socket.on('error', () => {})
  const [, response]: { statusCode: number }[] = await refused
  socket.terminate()
  return response?.statusCode ?? 0
}
