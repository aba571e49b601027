import type { TokenCookies } from '../authentication/cookie.js'
import { AppError } from '../errors.js'
import type { Resolvers } from '../generated/resolvers.js'
import type { SessionTokens } from './issue-session.js'
import type { SessionService } from './session-service.js'

export type SessionResolverDependencies = {
  sessions: SessionService
  /** The built-in public client, to which sessions that begin here are bound. */
  clientId: string
}

export function createSessionResolvers({ sessions, clientId }: SessionResolverDependencies): Resolvers {
  return {
    Mutation: {
      login: async (_root, { email, password, scopes }, origin) =>
        handOver(
          await sessions.login({ email, password, scopes: scopes ?? null, clientId, origin }),
          origin.cookies,
        ),
      refresh: async (_root, args, origin) => {
        const refreshToken = shownToken(args.refreshToken ?? null, origin.cookies)
        return handOver(await sessions.refresh({ refreshToken, clientId, origin }), origin.cookies)
      },
      logout: async (_root, _args, { caller, clientAddress, cookies }) => {
        const sessionId = requireSessionId(caller)
        await sessions.logout({ userId: caller.id, sessionId, address: clientAddress })
        cookies?.clear()
        return true
      },
      revokeSession: async (_root, { id }, { caller, clientAddress }) => {
        await sessions.revokeSession({ userId: caller.id, sessionId: id, address: clientAddress })
        return true
      },
      revokeOtherSessions: (_root, _args, { caller: { id, sessionId }, clientAddress }) =>
        sessions.revokeOtherSessions({ userId: id, sessionId, address: clientAddress }),
    },
    User: {
      sessions: ({ id }) => sessions.list(id),
    },
    Session: {
      current: ({ id }, _args, { caller }) => id === caller.sessionId,
    },
  }
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

// API keys and service clients have none.
function requireSessionId({ sessionId }: { sessionId: string | null }): string {
  if (sessionId === null) throw new AppError('NOT_FOUND', { message: 'This credential has no session.' })
  return sessionId
}
