import { createHash } from 'node:crypto'
import { HeaderMap } from '@apollo/server'
import { describe, expect, test } from 'vitest'
import { withApollo } from './trap.js'
import { createWorld, house, sentinel, type World } from './world.js'

type Request = {
  readonly method: 'GET' | 'POST'
  readonly search?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** Sends requests one after another to one server, as nobody with scopes. */
function send(world: World, ...requests: readonly Request[]) {
  return withApollo(world, async (server) => {
    const answers: { status: number; text: string }[] = []
    for (const { method, search, body } of requests) {
      const headers = new HeaderMap([
        ['content-type', 'application/json'],
        ['apollo-require-preflight', 'yes'],
      ])
      const { status, body: answer } = await server.executeHTTPGraphQLRequest({
        httpGraphQLRequest: { method, headers, search: `?${new URLSearchParams(search).toString()}`, body },
        context: async () => ({ caller: { id: 'somebody', scopes: [] } }),
      })
      if (answer.kind !== 'complete') throw new Error('Expected a complete answer')
      answers.push({ status: status ?? 200, text: answer.string })
    }
    return answers
  })
}

const secrets = '{ admin me { email } safe { code } }'
const post = (body: unknown): Request => ({ method: 'POST', body })
const get = (search: Readonly<Record<string, string>>): Request => ({ method: 'GET', search })
const persisted = (query: string) => ({
  persistedQuery: { version: 1, sha256Hash: createHash('sha256').update(query).digest('hex') },
})

describe.each(['partial', 'reject'] as const)('over HTTP in `%s`', (mode) => {
  const requests: Readonly<Record<string, readonly Request[]>> = {
    'a POST': [post({ query: secrets })],
    'a GET': [get({ query: secrets })],
    'a GET of one operation of several': [
      get({ query: `query Fine { open } query Asked ${secrets}`, operationName: 'Asked' }),
    ],
    'a GET with variables': [
      get({ query: 'query ($s: String) { search(secret: $s) }', variables: '{ "s": null }' }),
    ],
    'a GET of a mutation': [get({ query: 'mutation { ping purge }' })],
    'a batch of requests': [
      post([{ query: '{ open }' }, { query: secrets }, { query: 'mutation { ping purge }' }]),
    ],
    'a batch of one document with other variables each': [
      post(
        [{ s: null }, { s: 'x' }].map((variables) => ({
          query: 'query ($s: String) { safe { code } search(secret: $s, patch: { role: $s }) }',
          variables,
        })),
      ),
    ],
    'a persisted query, when it is registered and when it is used': [
      post({ query: secrets, extensions: persisted(secrets) }),
      post({ extensions: persisted(secrets) }),
      get({ extensions: JSON.stringify(persisted(secrets)) }),
    ],
    'a subscription by POST': [post({ query: 'subscription { ticks }' })],
    'variables that try to replace a prototype': [
      post(
        JSON.parse(
          '{ "query": "query ($p: Patch) { search(patch: $p) }", "variables": { "p": { "role": "x" }, "__proto__": { "p": {} }, "constructor": {} } }',
        ),
      ),
    ],
  }
  test.each(Object.keys(requests))('%s is refused', async (name) => {
    const world = createWorld(house, mode)
    const answers = await send(world, ...(requests[name] ?? []))
    expect(answers.map(({ text }) => text).join()).not.toContain(sentinel)
    expect(world.touched).toEqual([])
  })
})

test('the same requests find what they look for where nothing is protected', async () => {
  const world = createWorld(house, 'partial')
  const [answer] = await withApollo(world, async (server) => {
    const { body } = await server.executeOperation(
      { query: secrets },
      { contextValue: { caller: { id: 'root', scopes: ['admin', 'email'] } } },
    )
    return [JSON.stringify(body)]
  })
  expect(answer).toContain(sentinel)
})

test('a refusal of everything answers 403 with no data, whatever the door', async () => {
  const answers = await send(
    createWorld(house, 'partial'),
    post({ query: '{ admin }' }),
    get({ query: '{ admin }' }),
    post({ query: '{ admin }', extensions: persisted('{ admin }') }),
    post({ extensions: persisted('{ admin }') }),
  )
  for (const { status, text } of answers) {
    expect(status).toBe(403)
    expect(JSON.parse(text)).not.toHaveProperty('data')
  }
})
