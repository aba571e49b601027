import { createServer } from 'node:net'
import { asCaller, createTestApp, type TestApp } from '../../src/testing/test-app.js'

export type OAuthWorld = Awaited<ReturnType<typeof createOAuthWorld>>

/** A server that listens where its issuer says, as clients insist. */
export async function createOAuthWorld(env: Readonly<Record<string, string>> = {}) {
  const port = await freePort()
  const issuer = `http://127.0.0.1:${port}`
  const app = await createTestApp({ env: { PORT: String(port), PUBLIC_URL: issuer, ...env } })
  await app.listen()
  return {
    app,
    issuer,

    /** A form, posted as clients post it. */
    async post(path: string, form: Record<string, string> | string, headers: Record<string, string> = {}) {
      const body = typeof form === 'string' ? form : new URLSearchParams(form).toString()
      const type = 'application/x-www-form-urlencoded'
      const answer = await fetch(issuer + path, {
        method: 'POST',
        body,
        headers: { 'content-type': type, ...headers },
      })
      const text = await answer.text()
      const json: Record<string, unknown> = text === '' ? {} : JSON.parse(text)
      return { status: answer.status, headers: answer.headers, json }
    },

    makeClient: (input: Partial<ClientInput> = {}) => makeClient(app, input),
  }
}

type ClientInput = { name: string; kind: 'PUBLIC' | 'CONFIDENTIAL'; redirectUris: string[]; scopes: string[] }

async function makeClient(
  app: TestApp,
  input: Partial<ClientInput>,
): Promise<{ id: string; secret: string }> {
  type Made = { createServiceClient: { client: { id: string }; secret: string | null } }
  const { data, errors } = await app.execute<Made, Record<string, unknown>>(
    `mutation ($input: CreateServiceClientInput!) {
       createServiceClient(input: $input) { client { id } secret }
     }`,
    { input: { name: 'reports', kind: 'CONFIDENTIAL', redirectUris: [], scopes: ['users:read'], ...input } },
    asCaller({ scopes: app.scopes }),
  )
  if (!data?.createServiceClient) throw new Error(JSON.stringify(errors))
  const { client, secret } = data.createServiceClient
  return { id: client.id, secret: secret ?? '' }
}

export function basic(id: string, secret: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` }
}

// The port is part of the issuer, so it must be known before the server is made.
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('The port is not known.')
  return address.port
}
