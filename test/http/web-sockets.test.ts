import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { attachWebSockets } from '../../src/http/web-sockets.js'
import { createTinyServer } from '../support/tiny-server.js'
import type { TinyServerOptions } from '../support/tiny-server.js'

const servers: Awaited<ReturnType<typeof createTinyServer>>[] = []
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()))
})

async function start(http: TinyServerOptions['http'] = {}) {
  const server = await createTinyServer({ http })
  const opened: string[] = []
  servers.push(server)
  const webSockets = attachWebSockets(server.app.server, {
    path: '/graphql',
    chooseProtocol: () => false,
    isAllowedOrigin: () => true,
    identify: server.identify,
    maxMessageBytes: 1000,
    pingEverySeconds: 12,
    schedule: () => () => {},
    onOpen: ({ socket, requestId, clientAddress }) => {
      opened.push(`${requestId} from ${clientAddress}`)
      socket.close()
    },
  })
  return { ...server, webSockets, opened, url: await server.listenAnywhere() }
}

// What Java's HttpClient and `curl --http2` say on plain HTTP (RFC 7540 3.2).
const offerOfHttp2 = {
  connection: 'Upgrade, HTTP2-Settings',
  upgrade: 'h2c',
  'http2-settings': 'AAMAAABkAARAAAAAAAIAAAAA',
}

type Asked = { method: string; headers: OutgoingHttpHeaders; parts: readonly string[] }

async function ask(url: string, { method, headers, parts }: Asked) {
  const request = httpRequest(url, { method, headers })
  const answered = once(request, 'response')
  for (const part of parts) await new Promise<void>((resolve) => request.write(part, () => resolve()))
  request.end()
  const [response]: IncomingMessage[] = await answered
  if (response === undefined) throw new Error('There is no answer.')
  return { status: response.statusCode, body: await text(response) }
}

const connectTo = (url: string, allowHalfOpen: boolean) =>
  connect({ host: '127.0.0.1', port: Number(new URL(url).port), allowHalfOpen })

describe('an upgrade to anything but a WebSocket', () => {
  const question = '{"query": "{ hello }"}'
  const json = { ...offerOfHttp2, 'content-type': 'application/json' }

  test('is not made: the request is answered as any other', async () => {
    const { url, lines } = await start()
    const asked = { method: 'GET', headers: offerOfHttp2, parts: [] }
    expect(await ask(`${url}/healthz`, asked)).toMatchObject({ status: 200 })
    expect(await ask(`${url}/nowhere`, asked)).toMatchObject({ status: 404 })
    expect(lines().filter(({ msg }) => msg === 'request')).toHaveLength(2)
  })

  test.each([
    ['with a length', { ...json, 'content-length': question.length }],
    ['in chunks', { ...json, 'transfer-encoding': 'chunked' }],
    ['that waits to be asked for', { ...json, 'content-length': question.length, expect: '100-continue' }],
  ])('takes a body along, %s', async (_, headers) => {
    const { url } = await start()
    const parts = [question.slice(0, 8), question.slice(8)]
    const { status, body } = await ask(`${url}/graphql`, { method: 'POST', headers, parts })
    expect([status, JSON.parse(body)]).toEqual([200, { data: { hello: 'world' } }])
  })

  test('is the last on its connection: a body whose length was lost is no request', async () => {
    const { url, lines } = await start()
    const socket = connectTo(url, false)
    // Node keeps no more lines than that, and reads on by all of them.
    const many = 'a:\r\n'.repeat(2000)
    const smuggled = 'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'
    socket.write(
      `POST /nowhere HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n${many}` +
        `Content-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
    )
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 \d+ /)
    expect(lines().map(({ route }) => route)).not.toContain('/healthz')
  })

  test('is answered after what came before it on its connection', async () => {
    const { url } = await start()
    const socket = connectTo(url, false)
    const body = '{"query": "{ hello }"}'
    const post = (more: string) =>
      `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`
    socket.write(post('') + post('') + post('Connection: Upgrade\r\nUpgrade: h2c\r\n'))
    // A Node that serves it as a request of its own keeps the connection.
    let answers = ''
    for await (const data of socket) {
      answers += String(data)
      if (answers.match(/HTTP\/1\.1 200 OK|\{"data":\{"hello":"world"\}\}/g)?.length === 6) break
    }
    expect(answers.match(/"hello":"world"/g)).toHaveLength(3)
  })

  test('is answered while WebSockets are stopped, too', async () => {
    const { url, webSockets } = await start()
    webSockets.stop()
    const asked = { method: 'GET', headers: offerOfHttp2, parts: [] }
    expect(await ask(`${url}/healthz`, asked)).toMatchObject({ status: 200 })
  })
})

test('a socket is told apart as a request is: by what a trusted proxy says of it, and nobody else', async () => {
  const headers = { 'x-request-id': 'trace-0001', 'x-forwarded-for': '203.0.113.9' }
  const told = async (trustedProxies: string[]) => {
    const { url, opened } = await start({ trustedProxies })
    await once(new WebSocket(`${url.replace('http', 'ws')}/graphql`, { headers }), 'close')
    return opened
  }
  expect(await told(['127.0.0.1'])).toEqual(['trace-0001 from 203.0.113.9'])
  expect(await told([])).toEqual([expect.stringMatching(/^[0-9a-f-]{36} from 127\.0\.0\.1$/)])
})

describe('a refused upgrade', () => {
  test('is let go of, though its client never closes', async () => {
    const { url, app } = await start()
    // Half open: the client goes on after the server has said that it does not.
    const socket = connectTo(url, true)
    socket.write('GET /other HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n\r\n')
    let answer = ''
    socket.on('data', (data) => (answer += String(data)))
    await once(socket, 'end')
    expect(answer).toMatch(/^HTTP\/1\.1 404 Not Found\r\n/)
    const connections = promisify(app.server.getConnections.bind(app.server))
    await expect.poll(() => connections()).toBe(0)
    socket.destroy()
  })
})
