import type { BadCredential, Caller } from '../authentication/caller.js'
import type { VerifiedAccessToken } from './access-token.js'
import type { AccessTokenVerifier } from './access-token-verifier.js'

/**
 * Turns access tokens into callers. A token that is known already gives the same caller object again, so that what
 * others remember of a caller (their verdicts, say) lasts as long as the token does.
 */
export function createTokenCallers({ verify }: Pick<AccessTokenVerifier, 'verify'>) {
  const callers = new WeakMap<VerifiedAccessToken, Caller>()

  function callerOf(proven: VerifiedAccessToken | BadCredential): Caller | BadCredential {
    if ('error' in proven) return proven
    const known = callers.get(proven)
    if (known !== undefined) return known
    const caller = newCaller(proven)
    callers.set(proven, caller)
    return caller
  }

  return (token: string): Caller | BadCredential | Promise<Caller | BadCredential> => {
    const proven = verify(token)
    return proven instanceof Promise ? proven.then(callerOf) : callerOf(proven)
  }
}

function newCaller({ userId, scopes, sessionId, clientId, expiresAtSeconds }: VerifiedAccessToken): Caller {
  const expiresAt = new Date(expiresAtSeconds * 1000)
  return Object.freeze({ id: userId, scopes, sessionId, clientId, expiresAt })
}
