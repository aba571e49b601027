import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createExplorer } from '../../src/graphql/explorer.js'
import { createTinyServer } from '../support/tiny-server.js'

let server: Awaited<ReturnType<typeof createTinyServer>>
const options = { endpoint: '/graphql', sandboxUrl: '/graphql', tabs: [{ query: '{ hello </script> }' }] }
beforeAll(async () => {
  server = await createTinyServer({ http: { explorer: createExplorer(options) } })
})
afterAll(() => server.close())

const get = (url: string, headers: Record<string, string> = {}) => server.app.inject({ url, headers })

describe('the explorer', () => {
  test('is a page that loads only from this server, and may do no more', async () => {
    const { statusCode, headers, body } = await get('/')
    expect(statusCode).toBe(200)
    expect(headers['content-type']).toBe('text/html; charset=utf-8')
    const policy = String(headers['content-security-policy'])
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self';")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toMatch(/https?:|unsafe-eval|script-src[^;]*unsafe-inline|\*/)
    expect(body).toContain('<title>Fieldgate</title>')
    const loaded = [...body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url)
    expect(loaded).toEqual([
      'data:,',
      '/explorer/graphiql.css',
      '/explorer/graphiql.js',
      '/explorer/start.js',
    ])
  })

  test.each([
    ['/explorer/graphiql.css', 'text/css; charset=utf-8'],
    ['/explorer/graphiql.js', 'text/javascript; charset=utf-8'],
    ['/explorer/start.js', 'text/javascript; charset=utf-8'],
    ['/explorer/editor.worker.js', 'text/javascript; charset=utf-8'],
    ['/explorer/json.worker.js', 'text/javascript; charset=utf-8'],
    ['/explorer/graphql.worker.js', 'text/javascript; charset=utf-8'],
  ])('has its part %s here', async (url, contentType) => {
    const { statusCode, headers, rawPayload } = await get(url, { 'accept-encoding': 'br, gzip' })
    expect(statusCode).toBe(200)
    expect(headers).toMatchObject({
      'content-type': contentType,
      'content-encoding': 'gzip',
      vary: 'Accept-Encoding',
    })
    expect(gunzipSync(rawPayload).length).toBeGreaterThan(500)
  })

  test('loads no style or font from elsewhere', async () => {
    const { body } = await get('/explorer/graphiql.css')
    expect(body).not.toMatch(/@import|url\((?!["']?(?:data:|#))/)
  })

  test('starts against the endpoint, keeps nothing after the tab, and names the project', async () => {
    const { body } = await get('/explorer/start.js')
    expect(body).toContain('"endpoint": "/graphql"')
    expect(body).toContain('"shouldPersistHeaders": false')
    expect(body).toContain('storage: sessionStorage')
    expect(body).toContain('Fieldgate')
    expect(body).not.toContain('Yoga GraphiQL')
  })

  test('offers Apollo Sandbox only where there is one', () => {
    const [, startFile] = createExplorer({ ...options, sandboxUrl: null })
    expect(startFile?.load()).not.toContain('Sandbox')
  })

  test('is not sent again to a browser that has it', async () => {
    const { headers } = await get('/explorer/graphiql.js')
    const again = await get('/explorer/graphiql.js', { 'if-none-match': String(headers['etag']) })
    expect(again.statusCode).toBe(304)
    expect(again.body).toBe('')
  })

  test.each([undefined, 'identity', 'br', 'gzip;q=0', 'gzip; q=0.0, br'])(
    'is sent plain to a client that takes no gzip: %s',
    async (accepted) => {
      const { headers, body } = await get('/', accepted === undefined ? {} : { 'accept-encoding': accepted })
      expect(headers).not.toHaveProperty('content-encoding')
      expect(body).toContain('<!doctype html>')
    },
  )
})
