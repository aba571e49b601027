import { afterEach, expect, test } from 'vitest'
import { createTinyServer } from '../../support/tiny-server.js'
import type { TinyServerOptions } from '../../support/tiny-server.js'

let close = async () => {}
afterEach(() => close())

async function start(http: TinyServerOptions['http'] = {}) {
  const server = await createTinyServer({ http })
  close = server.close
  const ask = async (url: string) => {
    const { statusCode, headers, body } = await server.app.inject({ url })
    return { status: statusCode, headers, body: JSON.parse(body) }
  }
  return { ...server, ask }
}

test('the server is alive and ready when all its parts are', async () => {
  const { ask } = await start()
  expect(await ask('/healthz')).toMatchObject({ status: 200, body: { status: 'alive' } })
  expect(await ask('/readyz')).toMatchObject({ status: 200, body: { status: 'ready' } })
})

test('a part that is not ready is named, and the server still lives', async () => {
  const { ask } = await start({ checkReady: async () => ['database'] })
  expect(await ask('/readyz')).toMatchObject({
    status: 503,
    headers: { 'cache-control': 'no-store' },
    body: { status: 'not ready', notReady: ['database'] },
  })
  expect(await ask('/healthz')).toMatchObject({ status: 200 })
})

test('a check that fails is not ready, and its text stays in the log', async () => {
  const { ask, lines } = await start({ checkReady: () => Promise.reject(new Error('no route to db')) })
  const { status, body } = await ask('/readyz')
  expect(status).toBe(503)
  expect(JSON.stringify(body)).not.toContain('no route')
  expect(JSON.stringify(lines())).toContain('no route')
})

test('a check that does not come back is not ready', async () => {
  const { ask } = await start({ checkReady: () => new Promise(() => {}) })
  expect(await ask('/readyz')).toMatchObject({ status: 503, body: { notReady: ['check timed out'] } })
})

test('a draining server is not ready, and answers all the same', async () => {
  const { ask, drain, post } = await start()
  await drain()
  expect(await ask('/readyz')).toMatchObject({ status: 503, body: { notReady: ['draining'] } })
  expect(await post('{ hello }')).toMatchObject({ status: 200 })
})
