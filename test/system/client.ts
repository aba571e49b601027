import { randomUUID } from 'node:crypto'
import { testAdministrator } from '../../src/testing/test-app.js'

/** Where a replica answers. */
export type Endpoint = { url: string }

export type Credentials = { email: string; password: string }

export type Tokens = { accessToken: string; refreshToken: string; scopes: string[]; sessionId: string }

export type Answer<Data> = {
  status: number
  /** `WWW-Authenticate` */
  challenge: string | null
  data: Data | null
  /** The codes of the errors. */
  codes: readonly string[]
}

/** What a replica makes of an access token. `unknown`: it cannot say now (503). */
export type Standing = 'accepted' | 'refused' | 'unknown'

type Body<Data> = { data?: Data | null; errors?: { extensions: { code: string } }[] }

/** One operation, as a client sends it. Rejects where nothing answers. */
export async function send<Data>(
  { url }: Endpoint,
  query: string,
  { variables = {}, token }: { variables?: Record<string, unknown>; token?: string } = {},
): Promise<Answer<Data>> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query, variables }),
  })
  const { data = null, errors = [] } = (await response.json()) as Body<Data>
  return {
    status: response.status,
    challenge: response.headers.get('www-authenticate'),
    data,
    codes: errors.map(({ extensions }) => extensions.code),
  }
}

/** The data of an answer that has no errors. */
export function dataOf<Data>({ status, data, codes }: Answer<Data>): Data {
  if (data === null || codes.length > 0) throw new Error(`The answer was ${status}: ${codes.join(', ')}`)
  return data
}

const tokenFields = 'accessToken refreshToken scopes sessionId'

export async function signIn(endpoint: Endpoint, { email, password }: Credentials): Promise<Tokens> {
  const query = `mutation ($email: String!, $password: String!) {
    login(email: $email, password: $password) { ${tokenFields} }
  }`
  const variables = { email, password }
  return dataOf(await send<{ login: Tokens }>(endpoint, query, { variables })).login
}

export const signInAdministrator = (endpoint: Endpoint) => signIn(endpoint, testAdministrator)

export const refreshMutation = `mutation ($refreshToken: String!) {
  refresh(refreshToken: $refreshToken) { ${tokenFields} }
}`

export async function tryRefresh(endpoint: Endpoint, { refreshToken }: Pick<Tokens, 'refreshToken'>) {
  return send<{ refresh: Tokens }>(endpoint, refreshMutation, { variables: { refreshToken } })
}

export async function refresh(endpoint: Endpoint, tokens: Pick<Tokens, 'refreshToken'>): Promise<Tokens> {
  return dataOf(await tryRefresh(endpoint, tokens)).refresh
}

/** A user who signs in with a password, made by an administrator. */
export async function createUser(endpoint: Endpoint, administrator: Tokens, roles: readonly string[]) {
  const credentials = { email: `${randomUUID()}@example.com`, password: 'a password for tests' }
  const query = 'mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }'
  const variables = { input: { ...credentials, name: 'Test User', roles } }
  const answer = await send<{ createUser: { id: string } }>(endpoint, query, {
    variables,
    token: administrator.accessToken,
  })
  return { ...credentials, id: dataOf(answer).createUser.id }
}

/** Asks for something that needs a caller and no scope beyond those of every role. */
export async function standingOf(
  endpoint: Endpoint,
  { accessToken }: Pick<Tokens, 'accessToken'>,
): Promise<Standing> {
  return readStanding(await send(endpoint, '{ me { id } }', { token: accessToken }))
}

/** The same for callers with the scope `roles:read`, and without any SQL of the resolver's. */
export async function standingInMemory(
  endpoint: Endpoint,
  { accessToken }: Pick<Tokens, 'accessToken'>,
): Promise<Standing> {
  return readStanding(await send(endpoint, '{ scopes { name } }', { token: accessToken }))
}

function readStanding({ status, challenge, codes }: Answer<unknown>): Standing {
  if (status === 200 && codes.length === 0) return 'accepted'
  if (status === 401 && challenge?.includes('error="invalid_token"')) return 'refused'
  if (status === 503) return 'unknown'
  throw new Error(`Neither accepted nor refused: ${status} ${challenge} ${codes.join(', ')}`)
}

/** RFC 7515 4.1.4 */
export function keyIdOf(accessToken: string): string {
  const [header = ''] = accessToken.split('.')
  return (JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string }).kid
}

/** The ids of the keys that a replica shows to the world. */
export async function publishedKeys({ url }: Endpoint): Promise<string[]> {
  const response = await fetch(`${url}/.well-known/jwks.json`)
  return ((await response.json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid)
}
