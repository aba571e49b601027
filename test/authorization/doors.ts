import { ApolloServer } from '@apollo/server'
import { makeExecutableSchema } from '@graphql-tools/schema'
import { type ExecutionResult, type GraphQLSchema, parse } from 'graphql'
import {
  type Authorization,
  type AuthorizationOptions,
  type Credential,
  createAuthorization,
  createExecutors,
} from '../../src/authorization/index.js'
import { apolloOptions, executorOf } from '../support/executor.js'

export type TestContext = { caller: Credential; mode?: 'partial' | 'reject' }

type Resolvers = NonNullable<Parameters<typeof makeExecutableSchema>[0]['resolvers']>

export type Subject = {
  readonly authorization: Authorization<TestContext>
  readonly schema: GraphQLSchema
}

/** Every scope that the tests speak of. `admin` implies `read` through `write`. */
export const scopes = {
  admin: { implies: ['write'] },
  write: { implies: ['read'] },
  read: {},
  email: {},
  other: {},
}

/** An engine over a small schema: SDL, resolvers, and options that matter to the test. */
export function createSubject(
  sdl: string,
  resolvers: Resolvers = {},
  options: Partial<AuthorizationOptions<TestContext>> = {},
): Subject {
  const authorization = createAuthorization<TestContext>({
    scopes,
    callerOf: ({ caller }) => caller,
    ...options,
  })
  const typeDefs = [authorization.typeDefs, sdl]
  const schema = authorization.protect(makeExecutableSchema({ typeDefs, resolvers, assumeValidSDL: true }))
  return { authorization, schema }
}

export const holding = (...held: string[]) => ({ id: 'somebody', scopes: new Set(held) })

export type Question = {
  readonly document: string
  readonly caller?: Credential
  readonly variables?: Record<string, unknown>
  readonly operationName?: string
  readonly rootValue?: unknown
}

/** What a resolver or a client sees, in plain objects. */
const plain = (result: ExecutionResult): ExecutionResult => JSON.parse(JSON.stringify(result))

const argsOf = (schema: GraphQLSchema, question: Question, contextValue: TestContext) => ({
  schema,
  document: parse(question.document),
  variableValues: question.variables ?? {},
  operationName: question.operationName ?? null,
  rootValue: question.rootValue,
  contextValue,
})

/** Nothing but the executor and the guards: no plan, no validation. */
export async function askBare(subject: Subject, question: Question): Promise<ExecutionResult> {
  const args = argsOf(subject.schema, question, { caller: question.caller ?? null })
  return plain(await executorOf(subject)(args))
}

/** The executor behind the plan. */
export async function ask(subject: Subject, question: Question): Promise<ExecutionResult> {
  const { execute: run } = createExecutors(subject.authorization, { execute: executorOf(subject) })
  return plain(await run(argsOf(subject.schema, question, { caller: question.caller ?? null })))
}

export type HttpAnswer = {
  readonly status: number
  readonly challenge: string | undefined
  readonly result: ExecutionResult
}

/** Apollo Server, the whole pipeline. */
export async function askApollo(
  subject: Subject,
  question: Question,
  mode?: 'partial' | 'reject',
): Promise<HttpAnswer> {
  const server = new ApolloServer<TestContext>({
    ...apolloOptions(subject),
    includeStacktraceInErrorResponses: false,
    introspection: true,
  })
  await server.start()
  try {
    const { body, http } = await server.executeOperation(
      {
        query: question.document,
        variables: question.variables ?? {},
        ...(question.operationName && { operationName: question.operationName }),
      },
      { contextValue: { caller: question.caller ?? null, ...(mode && { mode }) } },
    )
    if (body.kind !== 'single') throw new Error('Expected a single result')
    return {
      status: http.status ?? 200,
      challenge: http.headers.get('www-authenticate'),
      result: JSON.parse(JSON.stringify(body.singleResult)),
    }
  } finally {
    await server.stop()
  }
}
