import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTinyServer } from '../../support/tiny-server.js'

let server: Awaited<ReturnType<typeof createTinyServer>>
const jwks = () => ({ body: '{"keys":[{"kid":"one"}]}', etag: '"abc"', maxAgeSeconds: 120 })
beforeAll(async () => {
  server = await createTinyServer({ http: { jwks } })
})
afterAll(() => server.close())

const ask = (headers: Record<string, string> = {}) =>
  server.app.inject({ url: '/.well-known/jwks.json', headers })

test('the keys are served with their media type, a tag and a time to keep them', async () => {
  const { statusCode, headers, body } = await ask()
  expect(statusCode).toBe(200)
  expect(headers).toMatchObject({
    'content-type': expect.stringMatching(/^application\/jwk-set\+json(;|$)/),
    etag: '"abc"',
    'cache-control': 'public, max-age=120',
  })
  expect(JSON.parse(body)).toEqual({ keys: [{ kid: 'one' }] })
})

test.each(['"abc"', 'W/"abc"', '"x", "abc"', '*'])('a cache that has them hears 304: %s', async (tag) => {
  const { statusCode, headers, body } = await ask({ 'if-none-match': tag })
  expect(statusCode).toBe(304)
  expect(headers['etag']).toBe('"abc"')
  expect(body).toBe('')
})

test.each(['"old"', 'abc'])('a cache that has others gets them: %s', async (tag) => {
  expect((await ask({ 'if-none-match': tag })).statusCode).toBe(200)
})
