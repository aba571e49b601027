import { ApolloServer } from '@apollo/server'
import { makeExecutableSchema } from '@graphql-tools/schema'
import { execute, GraphQLError } from 'graphql'
import { describe, expect, test } from 'vitest'
import type { Execute } from '../../src/execution/compiled-execute.js'
import { createEarlyExecution } from '../../src/graphql/early-execution.js'
import { createGateway } from '../../src/graphql/gateway.js'

type Counting = { readonly count: { runs: number } }
type Request = Parameters<ApolloServer<Counting>['executeOperation']>[0]

const schema = makeExecutableSchema({
  typeDefs: 'type Query { word(length: Int): String! partial: String } type Mutation { add: Int }',
  resolvers: {
    Query: {
      word: (_, { length }, { count }) => 'x'.repeat(length ?? (count.runs += 1)),
      partial: (_parent, _arguments, { count }) => {
        count.runs += 1
        throw new GraphQLError('Not today.', { extensions: { code: 'CLOSED' } })
      },
    },
    Mutation: { add: (_parent, _arguments, { count }) => (count.runs += 1) },
  },
})

type Options = ConstructorParameters<typeof ApolloServer<Counting>>[0]

async function ask(options: Options, request: Request) {
  const told: string[] = []
  const server = new ApolloServer<Counting>({
    ...options,
    includeStacktraceInErrorResponses: false,
    formatError: (formatted) => ({ ...formatted, message: `Formatted: ${formatted.message}` }),
    plugins: [
      ...(options.plugins ?? []),
      {
        requestDidStart: async () => ({
          didEncounterErrors: async ({ errors }) => void told.push(...errors.map(({ message }) => message)),
        }),
      },
    ],
  })
  await server.start()
  const count = { runs: 0 }
  const { body, http } = await server.executeOperation(request, { contextValue: { count } })
  await server.stop()
  return { ...JSON.parse(JSON.stringify({ body, told, status: http.status ?? null })), runs: count.runs }
}

const early = (run: Execute) => {
  const { plugin, execute: execution } = createEarlyExecution(schema, run)
  return { gateway: createGateway(schema, execution), plugins: [plugin] }
}

describe('a gateway answers as Apollo Server does by itself, and runs each operation once', () => {
  test.each<[string, Request]>([
    ['an answer', { query: '{ word }' }],
    ['a mutation', { query: 'mutation { add }' }],
    ['an answer with an error', { query: '{ word partial }' }],
    ['a mistaken variable', { query: 'query ($n: Int) { word(length: $n) }', variables: { n: 'many' } }],
    ['the named of two', { query: 'query A { word } query B { word(length: 3) }', operationName: 'B' }],
    ['one of two, and none is named', { query: 'query A { word } query B { word(length: 3) }' }],
    ['a name that there is not', { query: 'query A { word }', operationName: 'C' }],
    ['a document that is not valid', { query: '{ nothing }' }],
    ['introspection', { query: '{ __schema { queryType { name } } }' }],
  ])('%s', async (_, request) => {
    const expected = await ask({ schema }, request)
    expect(await ask(early(execute), request)).toEqual(expected)
    expect(await ask({ gateway: createGateway(schema, execute) }, request)).toEqual(expected)
  })
})

test('what an executor throws or rejects with is an error of the operation', async () => {
  const failing: Execute[] = [
    () => {
      throw new Error('Broken.')
    },
    async () => {
      throw new Error('Broken.')
    },
  ]
  for (const run of failing) {
    const { body, told } = await ask(early(run), { query: '{ word }' })
    expect(told).toEqual(['Broken.'])
    expect(body.singleResult).toMatchObject({ errors: [{ message: 'Formatted: Broken.' }] })
    expect(body.singleResult).not.toHaveProperty('data')
  }
})

test('what an executor adds beside data is part of the answer', async () => {
  const run: Execute = () => ({ data: { word: 'x' }, extensions: { cost: 1 } })
  const { body } = await ask(early(run), { query: '{ word }' })
  expect(body.singleResult).toEqual({ data: { word: 'x' }, extensions: { cost: 1 } })
})
