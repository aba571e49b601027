import { createHash } from 'node:crypto'
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, gql, HttpLink, InMemoryCache } from '@apollo/client'
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestApp, type TestApp } from '../../src/testing/test-app.js'
import { LoginDocument, MeDocument } from '../generated/documents.js'

let app: TestApp
let uri: string
beforeAll(async () => {
  app = await createTestApp()
  uri = `${await app.listen()}/graphql`
})
afterAll(() => app.stop())

function createClient() {
  let accessToken: string | null = null
  const authorize = new ApolloLink((operation, forward) => {
    operation.setContext({ headers: accessToken === null ? {} : { authorization: `Bearer ${accessToken}` } })
    return forward(operation)
  })
  const client = new ApolloClient({
    link: ApolloLink.from([authorize, new HttpLink({ uri })]),
    cache: new InMemoryCache(),
  })
  return {
    client,
    useToken: (token: string | null) => {
      accessToken = token
    },
  }
}

test('signs in over HTTP and reads itself through a typed document', async () => {
  const user = await app.createUser({ roles: ['member'], name: 'Grace' })
  const { client, useToken } = createClient()
  const { data: signedIn } = await client.mutate({ mutation: LoginDocument, variables: user })
  useToken(signedIn?.login.accessToken ?? null)

  const { data, error } = await client.query({ query: MeDocument, errorPolicy: 'all' })
  const name: string | undefined = data?.me?.name
  expect(name).toBe('Grace')
  expect(data?.me).toMatchObject({ id: user.id, email: user.email, disabledAt: null })
  expect(CombinedGraphQLErrors.is(error) && error.errors).toMatchObject([
    { path: ['me', 'disabledAt'], extensions: { code: 'FORBIDDEN', coordinate: 'User.disabledAt' } },
  ])
})

test('learns from the code of the error that it is not signed in', async () => {
  const { client } = createClient()
  const failure = await client.query({ query: MeDocument }).catch((error: unknown) => error)
  expect(CombinedGraphQLErrors.is(failure) && failure.errors[0]?.extensions?.['code']).toBe('UNAUTHENTICATED')
})

test('sends a document along where the server does not know its hash', async () => {
  const statuses: number[] = []
  const watched: typeof fetch = async (...request) => {
    const response = await fetch(...request)
    statuses.push(response.status)
    return response
  }
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
  const client = new ApolloClient({
    link: ApolloLink.from([new PersistedQueryLink({ sha256 }), new HttpLink({ uri, fetch: watched })]),
    cache: new InMemoryCache(),
  })
  for (const expected of [[404, 200], [200]]) {
    const { data } = await client.query({ query: gql`{ __typename }`, fetchPolicy: 'network-only' })
    expect(data).toEqual({ __typename: 'Query' })
    expect(statuses.splice(0)).toEqual(expected)
  }
})
