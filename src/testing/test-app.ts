import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { type DocumentNode, type GraphQLFormattedError, print } from 'graphql'
import { type App, type AppOptions, createApp } from '../app.js'
import type { Caller } from '../authentication/caller.js'
import { type Environment, readConfig } from '../config.js'
import type { Context } from '../graphql/context.js'
import { createLogger } from '../http/logger.js'
import { createTestDatabase } from './database.js'

/** A document, typed by codegen or written down. */
export type TestDocument<Data, Variables> = TypedDocumentNode<Data, Variables> | DocumentNode | string

export type TestResponse<Data> = {
  status: number
  headers: Headers
  data: Data | null | undefined
  errors: readonly GraphQLFormattedError[]
}

export type TestUser = { id: string; email: string; password: string }

export type TestAppOptions = Pick<AppOptions, 'domains' | 'now' | 'randomBytes' | 'log'> & {
  /** Variables beside those that the kit sets; see docs/reference/config.md. */
  env?: Environment
}

export type TestApp = Awaited<ReturnType<typeof createTestApp>>

/** The administrator of every test database. */
export const testAdministrator = { email: 'admin@example.com', password: 'an administrator for tests' }

const testMasterKey = Buffer.from(Array.from({ length: 32 }, (_, index) => index)).toString('base64')

/** A caller that nobody had to sign in. */
export function asCaller({ scopes, ...rest }: { scopes: readonly string[] } & Partial<Caller>): Caller {
  return Object.freeze({
    id: '00000000-0000-4000-8000-000000000000',
    scopes: Object.freeze([...scopes]),
    sessionId: null,
    clientId: 'test',
    expiresAt: new Date(8_640_000_000_000_000),
    ...rest,
  })
}

/**
 * The whole server on a database of its own, for one test file. `execute` goes through the pipeline without HTTP,
 * `post` over HTTP without a port; `listen` opens one, for real clients.
 */
export async function createTestApp({ env = {}, log, ...options }: TestAppOptions = {}) {
  const database = await createTestDatabase()
  const config = readConfig({
    NODE_ENV: 'test',
    PORT: '0',
    DATABASE_URL: database.url,
    DATABASE_POOL_SIZE: '5',
    MASTER_KEY: testMasterKey,
    ADMIN_EMAIL: testAdministrator.email,
    ADMIN_PASSWORD: testAdministrator.password,
    REGISTRATIONS_PER_HOUR: '1000000', // the whole run has one address
    GRAPHQL_EXECUTOR: process.env['GRAPHQL_EXECUTOR'],
    ...env,
  })
  const app = await createApp({ ...options, config, log: log ?? createLogger({ level: 'silent' }) })
  const post = createPost(app)
  const execute = createExecute(app)
  const registered = await app.database.query<{ name: string }[]>('SELECT name FROM scopes ORDER BY name')
  const scopes = registered.map(({ name }) => name)

  return {
    ...app,
    post,
    execute,
    /** Every scope that there is. */
    scopes,

    /** Makes a user with these roles, past every rule but those of passwords. */
    async createUser({
      roles,
      name = 'Test User',
    }: {
      roles: readonly string[]
      name?: string
    }): Promise<TestUser> {
      const email = `user-${(userCount += 1)}@example.com`
      const password = 'a password for tests'
      const { data, errors } = await execute<{ createUser: { id: string } }, Record<string, unknown>>(
        'mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }',
        { input: { name, email, password, roles } },
        asCaller({ scopes }),
      )
      if (!data?.createUser) throw new Error(`The user was not made: ${JSON.stringify(errors)}`)
      return { id: data.createUser.id, email, password }
    },

    /** Signs in over HTTP. Without `scopes`, with all that the user has. */
    signIn: (user: Credentials) => signIn(post, user),

    async stop(): Promise<void> {
      await app.stop()
      await database.drop()
    },
  }
}

let userCount = 0

type Credentials = { email: string; password: string; scopes?: readonly string[] }
type Post = ReturnType<typeof createPost>

async function signIn(post: Post, { email, password, scopes }: Credentials) {
  type Tokens = { accessToken: string; refreshToken: string; scopes: string[]; sessionId: string }
  const { data, errors } = await post<{ login: Tokens }, object>(
    `mutation ($email: String!, $password: String!, $scopes: [String!]) {
       login(email: $email, password: $password, scopes: $scopes) { accessToken refreshToken scopes sessionId }
     }`,
    { email, password, scopes: scopes ?? null },
  )
  if (!data?.login) throw new Error(`Nobody was signed in: ${JSON.stringify(errors)}`)
  return data.login
}

/** Over HTTP, as a client does it. */
function createPost({ http }: App) {
  return async <Data, Variables>(
    document: TestDocument<Data, Variables>,
    variables?: Variables,
    { token, headers = {} }: { token?: string; headers?: Record<string, string> } = {},
  ): Promise<TestResponse<Data>> => {
    const answer = await http.app.inject({
      method: 'POST',
      url: '/graphql',
      headers: { ...headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
      payload: { query: textOf(document), variables },
    })
    const { data, errors = [] } = answer.json<{ data?: Data; errors?: GraphQLFormattedError[] }>()
    return { status: answer.statusCode, headers: headersOf(answer.headers), data, errors }
  }
}

/** Through validation, plan, guards and resolvers, as this caller; null: as nobody. */
function createExecute({ execute }: App) {
  return async <Data, Variables extends Record<string, unknown>>(
    document: TestDocument<Data, Variables>,
    variables?: Variables,
    as: Caller | null = null,
  ): Promise<TestResponse<Data>> => {
    const contextValue = contextOf(as)
    const request = { query: textOf(document), ...(variables && { variables }) }
    const { http, body } = await execute<Data, Variables>(request, { contextValue })
    if (body.kind !== 'single') throw new Error('Incremental delivery is not part of the test kit.')
    const { data, errors = [] } = body.singleResult
    return {
      status: http.status ?? 200,
      headers: new Headers(Object.fromEntries(http.headers)),
      data,
      errors,
    }
  }
}

function contextOf(caller: Caller | null): Context {
  return {
    caller,
    requestId: 'test',
    note: () => {},
    log: createLogger({ level: 'silent' }),
    clientAddress: '127.0.0.1',
    userAgent: null,
    signal: new AbortController().signal,
    mode: null,
    cookies: null,
  }
}

function textOf(document: TestDocument<never, never> | DocumentNode | string): string {
  return typeof document === 'string' ? document : print(document)
}

function headersOf(headers: NodeJS.Dict<number | string | string[]>): Headers {
  const pairs = Object.entries(headers).flatMap(([name, value]) =>
    [value ?? []].flat().map((one): [string, string] => [name, String(one)]),
  )
  return new Headers(pairs)
}
