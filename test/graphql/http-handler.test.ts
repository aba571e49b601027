import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTinyServer } from '../support/tiny-server.js'

let server: Awaited<ReturnType<typeof createTinyServer>>
beforeAll(async () => {
  server = await createTinyServer()
})
afterAll(() => server.close())

const hashed = (query: string) => ({
  persistedQuery: { version: 1, sha256Hash: createHash('sha256').update(query).digest('hex') },
})
const send = (payload: object, accept?: string) =>
  server.app.inject({ method: 'POST', url: '/graphql', payload, headers: { ...(accept && { accept }) } })

const newMediaType = 'application/graphql-response+json'

describe('a persisted document that is not known', () => {
  const unknown = { extensions: hashed('{ unknown: hello }') }

  test.each([
    newMediaType,
    `${newMediaType}, application/json;q=0.9`, // Apollo Client 4
    `application/json;q=0.5, ${newMediaType}`,
  ])('is not found, in the media type in which no answer without data succeeds: %s', async (accept) => {
    const { statusCode, headers, json } = await send(unknown, accept)
    expect([statusCode, headers['content-type']]).toEqual([404, `${newMediaType}; charset=utf-8`])
    expect(json()).toMatchObject({ errors: [{ extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }] })
    expect(json()).not.toHaveProperty('data')
    expect(headers['cache-control']).toContain('no-cache')
  })

  test.each([undefined, '*/*', 'application/json', `application/json, ${newMediaType};q=0.5`])(
    'is said with 200 in JSON, where clients look no further when the status is another: %s',
    async (accept) => {
      const { statusCode, headers, json } = await send(unknown, accept)
      expect([statusCode, headers['content-type']]).toEqual([200, 'application/json; charset=utf-8'])
      expect(json()).toMatchObject({ errors: [{ extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }] })
    },
  )

  test('is known from then on, when it was sent along', async () => {
    const query = '{ hello }'
    for (const payload of [{ query, extensions: hashed(query) }, { extensions: hashed(query) }]) {
      const { statusCode, json } = await send(payload, newMediaType)
      expect([statusCode, json()]).toEqual([200, { data: { hello: 'world' } }])
    }
  })
})
