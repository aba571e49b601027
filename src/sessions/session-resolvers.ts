import { credentialIdOf } from '../authentication/actor.js'
import { isCaller } from '../authentication/caller.js'
import type { TokenCookies } from '../authentication/cookie.js'
import { AppError } from '../errors.js'
import type { Resolvers } from '../generated/resolvers.js'
import type { Context } from '../graphql/context.js'
import type { SessionTokens } from './issue-session.js'
import type { SessionService } from './session-service.js'
import { type EndedBy, requestOrigin } from './session.js'

export type SessionResolverDependencies = {
  sessions: SessionService
  /** The built-in public client, to which sessions that begin here are bound. */
  clientId: string
}

export function createSessionResolvers({ sessions, clientId }: SessionResolverDependencies): Resolvers {
  return {
    Mutation: {
      login: async (_root, { email, password, scopes }, context) => {
        const { signal, cookies } = context
        const asked = { email, password, scopes: scopes ?? null, clientId, origin: context, signal }
        return handOver(await sessions.login(asked), cookies)
      },
      refresh: async (_root, args, origin) => {
        const { cookies } = origin
        try {
          const refreshToken = shownToken(args.refreshToken ?? null, cookies)
          return handOver(await sessions.refresh({ refreshToken, clientId, origin }), cookies)
        } catch (error) {
          // What is not valid now never will be.
          if (error instanceof AppError && error.code === 'INVALID_GRANT') cookies?.clear()
          throw error
        }
      },
      logout: async (_root, { refreshToken }, context) => {
        try {
          await logOut({ sessions, clientId }, refreshToken ?? null, context)
        } finally {
          // Whoever leaves a shared machine leaves no token there, whatever else fails.
          context.cookies?.clear()
        }
        return true
      },
      revokeSession: async (_root, { id }, context) => {
        const { caller } = context
        await sessions.revokeSession({ userId: caller.id, sessionId: id, ...endedBy(context) })
        return true
      },
      revokeOtherSessions: (_root, _args, context) => {
        const { id: userId, sessionId } = context.caller
        return sessions.revokeOtherSessions({ userId, sessionId, ...endedBy(context) })
      },
    },
    User: {
      sessions: ({ id }) => sessions.list(id),
    },
    Session: {
      current: ({ id }, _args, { caller }) => id === caller.sessionId,
    },
  }
}

/**
 * The session of the caller, and those of the refresh tokens that are shown: in cookies one may be of another session.
 * @throws AppError UNAUTHENTICATED where there is neither; NOT_FOUND for a caller without a session who shows no token
 */
async function logOut(
  { sessions, clientId }: SessionResolverDependencies,
  given: string | null,
  context: Asking & Pick<Context, 'cookies'>,
): Promise<void> {
  const { caller, cookies } = context
  const by = endedBy(context)
  const tokens = [given, cookies?.refreshToken ?? null].filter((token) => token !== null)
  const asHolder = requestOrigin(context) // whose the token is, who is signed in need not be
  for (const refreshToken of tokens) await sessions.endSessionOfToken({ refreshToken, clientId, ...asHolder })
  // API keys and service clients have no session.
  if (isCaller(caller) && caller.sessionId !== null) {
    await sessions.logout({ userId: caller.id, sessionId: caller.sessionId, ...by })
  } else if (tokens.length === 0) {
    throw isCaller(caller)
      ? new AppError('NOT_FOUND', {
          message: 'This credential has no session. An API key ends with the mutation revokeApiKey.',
        })
      : new AppError('UNAUTHENTICATED')
  }
}

type Asking = Pick<Context, 'caller' | 'clientAddress' | 'requestId'>

function endedBy(context: Asking): EndedBy {
  const { caller } = context
  return { ...requestOrigin(context), credentialId: isCaller(caller) ? credentialIdOf(caller) : null }
}

/** In the answer, or in cookies: never in both, since a script could read the answer. */
function handOver(tokens: SessionTokens, cookies: TokenCookies | null) {
  const { accessToken, refreshToken, expiresInSeconds: expiresIn, ...rest } = tokens
  const payload = { ...rest, tokenType: 'Bearer', expiresIn }
  if (cookies === null) return { ...payload, accessToken, refreshToken }
  cookies.keep(tokens)
  return { ...payload, accessToken: null, refreshToken: null }
}

function shownToken(given: string | null, cookies: TokenCookies | null): string {
  if (given !== null && cookies !== null) {
    throw new AppError('BAD_USER_INPUT', {
      message: 'Where cookies carry the refresh token, leave the argument out.',
      details: { field: 'refreshToken' },
    })
  }
  const token = given ?? cookies?.refreshToken ?? null
  if (token === null) throw new AppError('INVALID_GRANT')
  return token
}
