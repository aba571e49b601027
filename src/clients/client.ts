import { createHash, timingSafeEqual } from 'node:crypto'
import { AppError } from '../errors.js'

/** RFC 6749 2.1: whether it can keep a secret. */
export type ClientKind = 'public' | 'confidential'

/** A program that was made known to the server: one that acts for itself, or for users who let it. A row of `clients`. */
export type Client = {
  id: string
  name: string
  kind: ClientKind
  /** Where users may be sent back to. */
  redirectUris: string[]
  /** What it may be given at most, for itself or on behalf of a user. */
  scopes: string[]
  /** SHA-256. null for a public client. */
  secretHash: Buffer | null
  /** The secret before, and until when it is good as well: null together. */
  previousSecretHash: Buffer | null
  previousSecretUntil: Date | null
  createdAt: Date
  disabledAt: Date | null
}

const secretBytes = 32
const secretPrefix = 'fgs_' // tells people and secret scanners what it is

export function createClientSecret(randomBytes: (size: number) => Buffer): string {
  return secretPrefix + randomBytes(secretBytes).toString('base64url')
}

// No salt and no stretching: the input is random, so there is nothing to guess.
export function hashClientSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

/** Whether this is the client's secret, or the one before while that is still good. */
export function isSecretOf(
  client: Pick<Client, 'secretHash' | 'previousSecretHash' | 'previousSecretUntil'>,
  secret: string,
  at: Date,
): boolean {
  const hash = hashClientSecret(secret)
  const { secretHash, previousSecretHash, previousSecretUntil } = client
  if (secretHash !== null && timingSafeEqual(secretHash, hash)) return true
  if (previousSecretHash === null || previousSecretUntil === null || at >= previousSecretUntil) return false
  return timingSafeEqual(previousSecretHash, hash)
}

/**
 * Where a browser may be sent: https, http on the machine of the browser itself (RFC 8252 7.3), or a private scheme
 * named after a domain (RFC 8252 7.1). No fragment (RFC 6749 3.1.2), and no spelling but the canonical one, since they
 * are compared as text.
 * @throws AppError BAD_USER_INPUT
 */
export function checkedRedirectUri(text: string): string {
  const uri = URL.canParse(text) ? new URL(text) : null
  if (uri === null || !isWellFormed(text, uri) || !isSafeTarget(uri)) {
    throw badRedirectUri(
      'A redirect URI is an absolute https URI without fragment, http on the loopback interface, or of a private scheme.',
    )
  }
  const taken = answerParameters.find((name) => uri.searchParams.has(name))
  if (taken !== undefined) {
    throw badRedirectUri(`A redirect URI has no parameter ${taken}: the answer that it is sent has one.`)
  }
  return text
}

/** RFC 6749 4.1.2 and 4.1.2.1, RFC 9207 2. The query of a redirect URI is retained (3.1.2), so they would be there twice. */
const answerParameters = ['code', 'state', 'iss', 'error', 'error_description', 'error_uri']

function badRedirectUri(message: string): AppError {
  return new AppError('BAD_USER_INPUT', { message, details: { field: 'redirectUris' } })
}

const longestRedirectUri = 2000

function isWellFormed(text: string, { href, username, password }: URL): boolean {
  const isCanonical = href === text || href === `${text}/`
  return isCanonical && text.length <= longestRedirectUri && !text.includes('#') && username + password === ''
}

function isSafeTarget({ protocol, hostname }: URL): boolean {
  if (protocol === 'https:') return true
  if (protocol === 'http:') return ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
  return /^[a-z][a-z0-9-]*(\.[a-z0-9-]+)+:$/.test(protocol)
}

const mostRedirectUris = 20

/** Those of a client of this kind, once each. @throws AppError BAD_USER_INPUT */
export function checkedRedirectUris({
  kind,
  redirectUris,
}: Pick<Client, 'kind'> & { redirectUris: readonly string[] }): string[] {
  const uris = [...new Set(redirectUris)].map(checkedRedirectUri)
  // A public client acts for users alone: it cannot prove to be itself.
  const fewest = kind === 'public' ? 1 : 0
  if (uris.length >= fewest && uris.length <= mostRedirectUris) return uris
  throw new AppError('BAD_USER_INPUT', {
    message: `A ${kind} client has ${fewest} to ${mostRedirectUris} redirect URIs.`,
    details: { field: 'redirectUris' },
  })
}

/** Sorted, once each; `reach` is what its maker has. @throws AppError INVALID_SCOPE */
export function checkedClientScopes(scopes: readonly string[], reach: ReadonlySet<string>): string[] {
  const wanted = [...new Set(scopes)].toSorted()
  if (wanted.length > 0 && wanted.every((scope) => reach.has(scope))) return wanted
  throw new AppError('INVALID_SCOPE', {
    message: 'A client has at least one scope, and none that its maker lacks.',
    details: { field: 'scopes' },
  })
}
