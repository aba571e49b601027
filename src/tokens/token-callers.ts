import type { BadCredential, Caller } from '../authentication/caller.js'
import { AppError } from '../errors.js'
import type { Standing } from '../revocations/revocation.js'
import { invalidToken, type VerifiedAccessToken } from './access-token.js'
import type { AccessTokenVerifier } from './access-token-verifier.js'

export type TokenCallerDependencies = Pick<AccessTokenVerifier, 'verify'> & {
  /** Whether what the token rests on still counts. Synchronous where that is known. */
  check(token: VerifiedAccessToken): Standing | Promise<Standing>
}

type Answer = Caller | BadCredential

// RFC 6750 3.1: "expired, revoked, malformed, or invalid for other reasons".
const revoked = invalidToken('The token has been revoked.')

/**
 * Turns access tokens into callers. A token that is known already gives the same caller object again, so that what
 * others remember of a caller (their verdicts, say) lasts as long as the token does.
 */
export function createTokenCallers({ verify, check }: TokenCallerDependencies) {
  const callers = new WeakMap<VerifiedAccessToken, Caller>()
  const tokens = new WeakMap<Caller, VerifiedAccessToken>()

  function knownCaller(token: VerifiedAccessToken): Caller {
    const known = callers.get(token)
    if (known !== undefined) return known
    const caller = newCaller(token)
    callers.set(token, caller)
    tokens.set(caller, token)
    return caller
  }

  function answer(token: VerifiedAccessToken, standing: Standing): Answer {
    if (standing === 'ok') return knownCaller(token)
    if (standing === 'revoked') return revoked
    throw new AppError('UNAVAILABLE')
  }

  function callerOf(proven: VerifiedAccessToken | BadCredential): Answer | Promise<Answer> {
    if ('error' in proven) return proven
    const standing = check(proven)
    return standing instanceof Promise
      ? standing.then((later) => answer(proven, later))
      : answer(proven, standing)
  }

  return {
    /** @throws AppError UNAVAILABLE, or rejects with it, where nobody can say whether the token was revoked */
    authenticate(token: string): Answer | Promise<Answer> {
      const proven = verify(token)
      return proven instanceof Promise ? proven.then(callerOf) : callerOf(proven)
    },

    /** The token that a caller came with; null for a caller of another kind. */
    findToken: (caller: Caller): VerifiedAccessToken | null => tokens.get(caller) ?? null,

    /** For what stays open: does the token that a caller came with still count? null for a caller of another kind. */
    standingOf(caller: Caller): Standing | Promise<Standing> | null {
      const token = tokens.get(caller)
      return token === undefined ? null : check(token)
    },
  }
}

function newCaller({ userId, scopes, sessionId, clientId, expiresAtSeconds }: VerifiedAccessToken): Caller {
  const expiresAt = new Date(expiresAtSeconds * 1000)
  return Object.freeze({ id: userId, scopes, sessionId, clientId, expiresAt })
}
