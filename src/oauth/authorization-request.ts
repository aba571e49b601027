import { isChallenge } from './authorization-code.js'
import { type Form, readScopes } from './form.js'
import type { OAuthClient } from './oauth-client.js'
import { OAuthError, type OAuthErrorCode } from './oauth-error.js'
import { isRegistered } from './redirect-uri.js'

/** What a client wants a user to let it have (RFC 6749 4.1.1, RFC 7636 4.3). */
export type AuthorizationRequest = {
  client: OAuthClient
  redirectUri: string
  state: string | null
  scopes: string[]
  codeChallenge: string
}

export type AuthorizationRequestDependencies = {
  /** null for a client that there is none of, or that is disabled. */
  findClient(id: string): Promise<OAuthClient | null>
  /** What both allow, implied scopes counted on both sides. */
  grantedScopes(asked: readonly string[], given: readonly string[]): readonly string[]
}

/** Where an answer goes: known before the rest of the request is looked at. */
export type ReturnAddress = { client: OAuthClient; redirectUri: string; state: string | null }

/** A fault that the client is told of, by way of the browser. */
export type Fault = {
  error: OAuthErrorCode | 'unsupported_response_type' | 'access_denied'
  description: string
}

/**
 * RFC 6749 4.1.2.1: while it is not known to whom to send it, an answer goes nowhere.
 * @throws OAuthError to show to the user
 */
export async function readReturnAddress(
  { findClient }: Pick<AuthorizationRequestDependencies, 'findClient'>,
  form: Form,
): Promise<ReturnAddress> {
  const client = await findClient(form.get('client_id') ?? '')
  if (client === null) throw new OAuthError('invalid_request', 'The program that sent you here is not known.')
  const redirectUri = form.get('redirect_uri')
  if (redirectUri === undefined || !isRegistered(redirectUri, client.redirectUris)) {
    throw new OAuthError('invalid_request', 'The address to send you back to is not one of that program.')
  }
  return { client, redirectUri, state: form.get('state') ?? null }
}

/** The whole request, or what to tell the client of it. */
export function readAuthorizationRequest(
  { grantedScopes }: Pick<AuthorizationRequestDependencies, 'grantedScopes'>,
  address: ReturnAddress,
  form: Form,
): AuthorizationRequest | Fault {
  const responseType = form.get('response_type')
  // RFC 6749 4.1.2.1: a required parameter that is missing.
  if (responseType === undefined) {
    return { error: 'invalid_request', description: 'The parameter response_type is missing.' }
  }
  if (responseType !== 'code') {
    return { error: 'unsupported_response_type', description: 'The response type must be code.' }
  }
  const codeChallenge = form.get('code_challenge')
  // RFC 9700 2.1.1: for every client. RFC 7636 4.3: without a method it would be "plain".
  if (!isChallenge(codeChallenge) || form.get('code_challenge_method') !== 'S256') {
    return { error: 'invalid_request', description: 'PKCE with S256 is required.' }
  }
  const given = address.client.scopes ?? []
  const scopes = grantedScopes(askedScopes(form) ?? given, given)
  if (scopes.length === 0) {
    return { error: 'invalid_scope', description: 'Nothing of this can be granted.' }
  }
  return { ...address, codeChallenge, scopes: [...scopes] }
}

// A malformed list asks for nothing that there is.
function askedScopes(form: Form): string[] | null {
  try {
    return readScopes(form)
  } catch {
    return []
  }
}

/** RFC 6749 4.1.2 and RFC 9207 2: where to send the browser, the issuer said. */
export function answerUri(
  { redirectUri, state }: ReturnAddress,
  issuer: string,
  answer: { code: string } | Fault,
): string {
  const parameters = new URLSearchParams({
    ...('code' in answer
      ? { code: answer.code }
      : { error: answer.error, error_description: answer.description }),
    ...(state !== null && { state }),
    iss: issuer,
  })
  return redirectUri + separatorAfter(redirectUri) + parameters.toString()
}

// RFC 6749 3.1.2: the query MUST be retained. A URL that is taken apart and put together again spells it anew.
function separatorAfter(uri: string): string {
  if (!uri.includes('?')) return '?'
  return uri.endsWith('?') || uri.endsWith('&') ? '' : '&'
}
