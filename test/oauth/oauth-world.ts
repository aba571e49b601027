import { randomInt } from 'node:crypto'
import { once } from 'node:events'
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

/**
 * The port is part of the issuer, so it must be known before the server is made. One that the system would give to nobody by
 * itself: else another test can have it by then.
 */
async function freePort(): Promise<number> {
  const port = randomInt(20_000, 32_000)
  const server = createServer().listen(port, '127.0.0.1')
  const isFree = await once(server, 'listening').then(
    () => true,
    () => false,
  )
  if (!isFree) return freePort()
  await new Promise((resolve) => server.close(resolve))
  return port
}

export type Decision = { email: string; password: string; decision?: 'allow' | 'deny' }

/** What a browser does with an authorization request: shows the page, fills it in, and is sent on or shown a page again. */
export async function visit(url: URL | string) {
  const page = await fetch(url, { redirect: 'manual' })
  const html = await page.text()
  const cookie = page.headers.get('set-cookie')?.split(';')[0] ?? ''
  const hidden = [...html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)]
  const fields = Object.fromEntries(hidden.map(([, name = '', value = '']) => [name, unescape(value)]))

  async function submit(changes: Record<string, string>, headers: Record<string, string> = {}) {
    const body = new URLSearchParams({ ...fields, ...changes })
    const answer = await fetch(new URL('/oauth/authorize', url), {
      method: 'POST',
      redirect: 'manual',
      body,
      headers: { cookie, 'sec-fetch-site': 'same-origin', ...headers },
    })
    return { status: answer.status, location: answer.headers.get('location'), html: await answer.text() }
  }

  return {
    status: page.status,
    headers: page.headers,
    location: page.headers.get('location'),
    html,
    fields,
    submit,
    decide: ({ decision = 'allow', ...credentials }: Decision) => submit({ ...credentials, decision }),
  }
}

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }
const unescape = (text: string) =>
  text.replace(/&([a-z#0-9]+);/g, (_all, name: string) => entities[name] ?? '')
