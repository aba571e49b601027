import { ApolloServer, type ApolloServerPlugin } from '@apollo/server'
import { expect, test } from 'vitest'
import type { Context } from '../../../src/graphql/context.js'
import { inOrder, type OrderedPlugin } from '../../../src/graphql/plugins/in-order.js'

const heard: string[] = []

const named = (name: string): ApolloServerPlugin<Context> => ({
  async serverWillStart() {
    heard.push(`${name} starts`)
  },
  async requestDidStart() {
    return {
      async validationDidStart() {
        return async (errors) => void heard.push(`${name} validated ${errors?.length ?? 0}`)
      },
      async didResolveOperation() {
        heard.push(`${name} resolved`)
      },
      async didEncounterErrors({ errors }) {
        heard.push(`${name} erred ${errors.length}`)
      },
      async willSendResponse() {
        heard.push(`${name} sends`)
      },
    }
  },
})

/** The same without a promise. */
const synchronous = (name: string): OrderedPlugin => ({
  serverWillStart: () => void heard.push(`${name} starts`),
  requestDidStart: () => ({
    validationDidStart: () => async (errors) => void heard.push(`${name} validated ${errors?.length ?? 0}`),
    didResolveOperation: () => void heard.push(`${name} resolved`),
    responseForOperation: () => null,
    didEncounterErrors: ({ errors }) => void heard.push(`${name} erred ${errors.length}`),
    willSendResponse: () => void heard.push(`${name} sends`),
  }),
})

const answering: ApolloServerPlugin<Context> = {
  requestDidStart: async () => ({
    responseForOperation: async ({ response, operationName }) =>
      operationName === 'Known'
        ? { http: response.http, body: { kind: 'single', singleResult: { data: { hello: 'known' } } } }
        : null,
  }),
}

const serve = (plugins: readonly OrderedPlugin[]) =>
  new ApolloServer<Context>({
    typeDefs: 'type Query { hello: String }',
    resolvers: { Query: { hello: () => 'resolved' } },
    plugins: [inOrder(plugins)],
  })

test('plugins are asked in their order, and what one of them answers is the answer', async () => {
  const server = serve([named('a'), answering, synchronous('b')])
  const ask = async (query: string) => {
    heard.length = 0
    const { body } = await server.executeOperation({ query })
    return body.kind === 'single' ? body.singleResult : null
  }
  await server.start()
  expect(heard).toEqual(['a starts', 'b starts'])

  expect(await ask('query Known { hello }')).toMatchObject({ data: { hello: 'known' } })
  expect(heard).toEqual(['b validated 0', 'a validated 0', 'a resolved', 'b resolved', 'a sends', 'b sends'])

  expect(await ask('{ hello }')).toMatchObject({ data: { hello: 'resolved' } })

  await ask('{ nothing }')
  expect(heard).toEqual(['b validated 1', 'a validated 1', 'a erred 1', 'b erred 1', 'a sends', 'b sends'])
  await server.stop()
})

test('a plugin with a hook that would be lost is refused', async () => {
  expect(() => inOrder([{ contextCreationDidFail: async () => {} }])).toThrow('contextCreationDidFail')
  const server = serve([{ requestDidStart: async () => ({ parsingDidStart: async () => {} }) }])
  await expect(server.executeOperation({ query: '{ hello }' })).rejects.toThrow('Internal server error')
  await server.stop()
  const draining = serve([{ serverWillStart: async () => ({ drainServer: async () => {} }) }])
  await expect(draining.start()).rejects.toThrow('drainServer')
})
