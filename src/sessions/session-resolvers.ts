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
        payload(await sessions.login({ email, password, scopes: scopes ?? null, clientId, origin })),
      refresh: async (_root, { refreshToken }, origin) =>
        payload(await sessions.refresh({ refreshToken, clientId, origin })),
      logout: async (_root, _args, { caller, clientAddress }) => {
        const sessionId = requireSessionId(caller)
        await sessions.logout({ userId: caller.id, sessionId, address: clientAddress })
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

function payload({ expiresInSeconds, ...tokens }: SessionTokens) {
  return { ...tokens, tokenType: 'Bearer', expiresIn: expiresInSeconds }
}

// API keys and service clients have none.
function requireSessionId({ sessionId }: { sessionId: string | null }): string {
  if (sessionId === null) throw new AppError('NOT_FOUND', { message: 'This credential has no session.' })
  return sessionId
}
