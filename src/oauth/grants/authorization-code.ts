import type { EntityManager } from 'typeorm'
import { type AuthorizationCode, matchesChallenge } from '../authorization-code.js'
import type { AuthorizationCodeStore } from '../authorization-code-store.js'
import { type EndpointRequest, type Origin, type RequestOrigin, requestOrigin } from '../endpoint.js'
import { required } from '../form.js'
import type { Grant, IssuedTokens } from '../grant.js'
import { OAuthError } from '../oauth-error.js'

export type AuthorizationCodeGrantDependencies = {
  db: EntityManager
  now: () => Date
  codes: AuthorizationCodeStore
  /** Holds the user's row: neither disabled nor given another password until the transaction ends. */
  lockUser(tx: EntityManager, userId: string): Promise<unknown>
  issueSession(
    tx: EntityManager,
    session: {
      userId: string
      clientId: string
      scopes: readonly string[]
      authenticatedAt: Date
      origin: Origin
    },
  ): Promise<IssuedTokens & { sessionId: string }>
  /** What both allow, implied scopes counted on both sides. */
  grantedScopes(asked: readonly string[], given: readonly string[]): readonly string[]
  endReplayedSession(session: { userId: string; sessionId: string } & RequestOrigin): Promise<void>
}

/** RFC 6749 4.1.3 with PKCE (RFC 7636 4.5): a code is good once, for its client, and with the verifier that began it. */
export function authorizationCodeGrant(deps: AuthorizationCodeGrantDependencies): Grant {
  return async (request) => {
    const code = await deps.codes.find(required(request.form, 'code'))
    if (code === null || !isAskedRightly(code, request)) throw invalidGrant()
    const tokens =
      code.sessionId === null ? await deps.db.transaction((tx) => exchange(deps, tx, code, request)) : null
    if (tokens === null) return refuseReplay(deps, code, request)
    return tokens
  }
}

function isAskedRightly(code: AuthorizationCode, { client, form }: EndpointRequest): boolean {
  const verifier = required(form, 'code_verifier')
  const redirectUri = required(form, 'redirect_uri')
  if (code.clientId !== client.id || code.redirectUri !== redirectUri) return false
  return matchesChallenge(verifier, code.codeChallenge)
}

/** null: somebody else was faster. The user is locked before the code, as by those who take codes away. */
async function exchange(
  deps: AuthorizationCodeGrantDependencies,
  tx: EntityManager,
  { userId, codeHash }: AuthorizationCode,
  { client, origin }: EndpointRequest,
): Promise<IssuedTokens | null> {
  await deps.lockUser(tx, userId)
  const code = await deps.codes.lock(tx, { codeHash })
  if (code === null || deps.now() >= code.expiresAt) throw invalidGrant()
  if (code.sessionId !== null) return null
  const { authenticatedAt } = code
  const scopes = deps.grantedScopes(code.scopes, client.scopes ?? [])
  const session = { userId, clientId: client.id, scopes, authenticatedAt, origin }
  const tokens = await deps.issueSession(tx, session)
  await deps.codes.markUsed(tx, code, tokens.sessionId)
  return tokens
}

/** RFC 6749 4.1.2: a code that comes twice has been stolen, by the first or by the second who showed it. */
async function refuseReplay(
  deps: AuthorizationCodeGrantDependencies,
  code: AuthorizationCode,
  { form, origin }: EndpointRequest,
): Promise<never> {
  const { userId, sessionId } = (await deps.codes.find(required(form, 'code'))) ?? code
  if (sessionId !== null) {
    await deps.endReplayedSession({ userId, sessionId, ...requestOrigin(origin) })
  }
  throw invalidGrant()
}

function invalidGrant(): OAuthError {
  return new OAuthError('invalid_grant', 'The code is unknown, used, expired or of another request.')
}
