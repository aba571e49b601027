import type { Authenticator, CredentialSource } from './authenticator.js'
import type { BadCredential, Caller } from './caller.js'
import { createHostCookie } from './host-cookie.js'

export type Tokens = { accessToken: string; refreshToken: string; expiresInSeconds: number }

/** The tokens of a browser that wants them as cookies, where no script of a page can read them. */
export type TokenCookies = {
  /** Of the request; null where it has none. */
  readonly refreshToken: string | null
  keep(tokens: Tokens): void
  clear(): void
}

export type CookieOptions = {
  /** `PUBLIC_URL`: cookies are bound to TLS where that is. */
  publicUrl: string
  /** How long a browser keeps a refresh token. */
  refreshSeconds: number
  /** Proves an access token. Synchronous for a token that is known already. */
  verifyAccessToken: (token: string) => Caller | BadCredential | Promise<Caller | BadCredential>
}

type Headers = CredentialSource['headers']

/**
 * What a browser must send along to use cookies. A page of another origin can send it only if CORS lets it, so a
 * request that has it was made on purpose (OWASP, cross-site request forgery: custom request headers).
 */
const wish = 'fieldgate-cookies'

/** Cookies as a way in: the authenticator that reads them, and what writes them. */
export function createCookieAuthentication({ publicUrl, refreshSeconds, verifyAccessToken }: CookieOptions) {
  const access = createHostCookie({ publicUrl, name: 'fieldgate-access', sameSite: 'Strict' })
  const refresh = createHostCookie({ publicUrl, name: 'fieldgate-refresh', sameSite: 'Strict' })

  const authenticate: Authenticator = ({ headers }) => {
    const [token, ...others] = access.valuesIn(headers)
    if (token === undefined) return null
    if (others.length > 0) return malformed('The cookie of the access token was sent twice.')
    if (!isWished(headers)) return malformed('To use cookies, send the header Fieldgate-Cookies: on.')
    return verifyAccessToken(token)
  }

  return {
    authenticate,

    /** null unless the client wants cookies. `add` takes the values of `Set-Cookie`. */
    cookiesOf(headers: Headers, add: (setCookie: string) => void): TokenCookies | null {
      if (!isWished(headers)) return null
      const [refreshToken, ...others] = refresh.valuesIn(headers)
      return {
        refreshToken: refreshToken === undefined || others.length > 0 ? null : refreshToken,
        keep: (tokens) => {
          add(access.set(tokens.accessToken, tokens.expiresInSeconds))
          add(refresh.set(tokens.refreshToken, refreshSeconds))
        },
        clear: () => {
          add(access.set('', 0))
          add(refresh.set('', 0))
        },
      }
    },
  }
}

/** As though the header had been sent: for what cannot send it, where something else shows that it was made on purpose. */
export function asCookieWish({ headers, rawHeaders }: CredentialSource): CredentialSource {
  return { headers: { ...headers, [wish]: 'on' }, rawHeaders }
}

/** As though no cookie had been sent: for a request that names another credential and cannot leave its cookies out. */
export function withoutCookies({ headers, rawHeaders }: CredentialSource): CredentialSource {
  const { cookie: _unasked, ...others } = headers
  return { headers: others, rawHeaders }
}

function isWished(headers: Headers): boolean {
  return headers[wish] === 'on'
}

function malformed(description: string): BadCredential {
  return Object.freeze({ error: 'invalid_request', description })
}
