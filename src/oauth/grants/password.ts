import type { Origin } from '../endpoint.js'
import { readScopes, required } from '../form.js'
import type { Grant, IssuedTokens } from '../grant.js'
import { OAuthError } from '../oauth-error.js'

export type PasswordGrantDependencies = {
  login(request: {
    email: string
    password: string
    scopes: readonly string[] | null
    clientId: string
    origin: Origin
  }): Promise<IssuedTokens>
}

/**
 * RFC 6749 4.3, for the built-in client alone. RFC 9700 2.4 forbids it, since it teaches people to type their password
 * anywhere: off unless an operator switches it on for programs that cannot do better.
 */
export function passwordGrant({ login }: PasswordGrantDependencies): Grant {
  return ({ client, form, origin, fetchSite }) => {
    if (client.scopes !== null) {
      throw new OAuthError('unauthorized_client', 'This client may not ask for passwords.')
    }
    // A page that anybody visits could use up the visitor's failed attempts without a look at the answers.
    if (fetchSite === 'cross-site' || fetchSite === 'same-site') {
      throw new OAuthError('invalid_request', 'No page of another site may send a password.')
    }
    const [email, password] = [required(form, 'username'), required(form, 'password')]
    return login({ email, password, scopes: readScopes(form), clientId: client.id, origin })
  }
}
