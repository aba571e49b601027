import type { Form } from './form.js'
import type { OAuthClient } from './oauth-client.js'
import { OAuthError } from './oauth-error.js'

export type ClientAuthenticationDependencies = {
  /** null for a client that there is none of, or that is disabled. */
  findClient(id: string): Promise<OAuthClient | null>
  /** The confidential client with this id and this secret, enabled; null where there is none. */
  findClientBySecret(id: string, secret: string): Promise<OAuthClient | null>
}

type Shown = { id: string; secret: string | null }

/**
 * Says which client asks (RFC 6749 2.3). A confidential one shows its secret, by HTTP Basic or in the form and not by
 * both; a public one names itself.
 * @throws OAuthError invalid_client, invalid_request
 */
export async function authenticateClient(
  deps: ClientAuthenticationDependencies,
  authorization: string | undefined,
  form: Form,
): Promise<OAuthClient> {
  const shown = readClient(authorization, form)
  const client =
    shown.secret === null
      ? await deps.findClient(shown.id)
      : await deps.findClientBySecret(shown.id, shown.secret)
  // Without its secret a confidential client is nobody.
  if (client === null || (client.kind === 'confidential' && shown.secret === null)) throw invalidClient()
  return client
}

function readClient(authorization: string | undefined, form: Form): Shown {
  const id = form.get('client_id')
  const secret = form.get('client_secret') ?? null
  if (authorization === undefined) {
    if (id === undefined) throw invalidClient()
    return { id, secret }
  }
  const basic = readBasic(authorization)
  if (secret !== null || (id !== undefined && id !== basic.id)) {
    throw new OAuthError('invalid_request', 'The client authenticates in more than one way.')
  }
  return basic
}

/** RFC 6749 2.3.1: id and secret are form-urlencoded, and then a user and a password of RFC 7617. */
function readBasic(authorization: string): Shown {
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization)?.[1]
  const [, id, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded ?? '', 'base64').toString('utf8')) ?? []
  if (id === undefined || secret === undefined) throw invalidClient()
  return { id: decodeForm(id), secret: secret === '' ? null : decodeForm(secret) }
}

function decodeForm(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw invalidClient() // not percent-encoding: nothing that a client of ours is called
  }
}

/** RFC 6749 5.2: 401, and RFC 9110 15.5.2: with a scheme that is taken here, whatever the client tried. */
export function invalidClient(
  description = 'The client is unknown, disabled or not authenticated.',
): OAuthError {
  return new OAuthError('invalid_client', description, {
    status: 401,
    headers: { 'www-authenticate': 'Basic realm="fieldgate", charset="UTF-8"' },
  })
}
