import { describe, expect, test } from 'vitest'
import { start as startApollo } from '../../examples/apollo-server/server.js'
import { ask } from '../../examples/graphql-js/ask.js'
import { start as startYoga } from '../../examples/graphql-yoga/server.js'
import { callerFrom } from '../../examples/schema.js'

type Answer = { readonly data?: unknown; readonly errors?: readonly { readonly extensions?: object }[] }
type Ask = (query: string, authorization?: string) => Promise<Answer>

const overHttp =
  (url: string): Ask =>
  async (query, authorization) => {
    const headers = { 'content-type': 'application/json', ...(authorization && { authorization }) }
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) })
    return response.json()
  }

const plainly: Ask = async (query, authorization) => {
  const answer = await ask(query, { caller: callerFrom(authorization) })
  return JSON.parse(JSON.stringify(answer))
}

const doors: Readonly<Record<string, () => Promise<{ ask: Ask; stop: () => Promise<unknown> }>>> = {
  'graphql-js': async () => ({ ask: plainly, stop: async () => undefined }),
  'Apollo Server': async () => {
    const { url, stop } = await startApollo(0)
    return { ask: overHttp(url), stop }
  },
  'GraphQL Yoga': async () => {
    const { url, stop } = await startYoga(0)
    return { ask: overHttp(url), stop }
  },
}

describe.each(Object.keys(doors))('the example in %s', (name) => {
  test('answers, refuses a field, refuses an operation, and knows a policy', async () => {
    const opened = await doors[name]?.()
    if (!opened) throw new Error(`There is no ${name}.`)
    try {
      const code = async (query: string, authorization?: string) =>
        (await opened.ask(query, authorization)).errors?.map(({ extensions }) => Object(extensions).code)
      expect(await opened.ask('{ hello }')).toEqual({ data: { hello: 'Hello!' } })
      expect(await code('{ people { name } }')).toEqual(['UNAUTHENTICATED'])
      const { data, errors } = await opened.ask('{ people { name email } }', 'Demo 1')
      expect(data).toEqual({
        people: [
          { name: 'Ada', email: 'ada@example.com' },
          { name: 'Bob', email: null },
        ],
      })
      expect(errors).toMatchObject([{ path: ['people', 1, 'email'], extensions: { code: 'FORBIDDEN' } }])
      const rename = 'mutation { rename(id: "2", name: "Bert") { name email } }'
      expect(await code(rename, 'Demo 1 people:email')).toEqual(['FORBIDDEN'])
      expect(await opened.ask(rename, 'Demo 1 people:write')).toEqual({
        data: { rename: { name: 'Bert', email: 'bob@example.com' } },
      })
    } finally {
      await opened.stop()
    }
  })
})
