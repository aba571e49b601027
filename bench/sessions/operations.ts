import type { Connection } from './http-client.js'
import { dataOf } from './http-client.js'

export type Tokens = { readonly accessToken: string; readonly refreshToken: string }

export type Credentials = { readonly email: string; readonly password: string }

const login = `mutation ($email: String!, $password: String!) {
  login(email: $email, password: $password) { accessToken refreshToken }
}`

const refresh = `mutation ($refreshToken: String!) {
  refresh(refreshToken: $refreshToken) { accessToken refreshToken }
}`

const bodyOf = (query: string, variables: object = {}) => JSON.stringify({ query, variables })

export async function signIn(connection: Connection, { email, password }: Credentials): Promise<Tokens> {
  const answer = await connection.post(bodyOf(login, { email, password }))
  return dataOf<{ login: Tokens }>(answer).login
}

export async function refreshTokens(connection: Connection, { refreshToken }: Tokens): Promise<Tokens> {
  const answer = await connection.post(bodyOf(refresh, { refreshToken }))
  return dataOf<{ refresh: Tokens }>(answer).refresh
}

/** What a resolver answers without any SQL, to callers with the scope `roles:read`. */
const inMemory = bodyOf('{ scopes { name } }')

/** Whether an access token is accepted. Throws for what is neither. */
export async function standingOf(connection: Connection, { accessToken }: Tokens) {
  const { status, body } = await connection.post(inMemory, accessToken)
  if (status === 200) return 'accepted'
  if (status === 401) return 'refused'
  throw new Error(`Neither accepted nor refused: ${status} ${body.slice(0, 300)}`)
}

const me = bodyOf('{ me { id name email } }')

/** The caller's own row: one SQL statement of the resolver's. */
export async function askMe(connection: Connection, { accessToken }: Tokens): Promise<void> {
  dataOf(await connection.post(me, accessToken))
}

export async function mutate<Data>(
  connection: Connection,
  query: string,
  { accessToken, variables = {} }: { accessToken: string; variables?: object },
): Promise<Data> {
  return dataOf<Data>(await connection.post(bodyOf(query, variables), accessToken))
}
