import type { Authenticator, CredentialSource } from './authenticator.js'
import type { BadCredential, Caller } from './caller.js'

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
  const { prefix, attributes } = protectionOf(publicUrl)
  const accessName = `${prefix}fieldgate-access`
  const refreshName = `${prefix}fieldgate-refresh`

  const setCookie = (name: string, value: string, seconds: number) =>
    `${name}=${value}; Max-Age=${seconds}; ${attributes}`

  const authenticate: Authenticator = ({ headers }) => {
    const [token, ...others] = readCookie(headers, accessName)
    if (token === undefined) return null
    if (others.length > 0) return malformed('The cookie of the access token was sent twice.')
    if (!isWished(headers)) return malformed('To use cookies, send the header "Fieldgate-Cookies: on".')
    return verifyAccessToken(token)
  }

  return {
    authenticate,

    /** null unless the client wants cookies. `add` takes the values of `Set-Cookie`. */
    cookiesOf(headers: Headers, add: (setCookie: string) => void): TokenCookies | null {
      if (!isWished(headers)) return null
      const [refreshToken, ...others] = readCookie(headers, refreshName)
      return {
        refreshToken: refreshToken === undefined || others.length > 0 ? null : refreshToken,
        keep: (tokens) => {
          add(setCookie(accessName, tokens.accessToken, tokens.expiresInSeconds))
          add(setCookie(refreshName, tokens.refreshToken, refreshSeconds))
        },
        clear: () => {
          add(setCookie(accessName, '', 0))
          add(setCookie(refreshName, '', 0))
        },
      }
    },
  }
}

/** RFC 6265bis 4.1.3.2: nobody but this host can set a `__Host-` cookie. It wants TLS, which development may lack. */
function protectionOf(publicUrl: string): { prefix: string; attributes: string } {
  const attributes = 'Path=/; HttpOnly; SameSite=Strict'
  return publicUrl.startsWith('https:')
    ? { prefix: '__Host-', attributes: `${attributes}; Secure` }
    : { prefix: '', attributes }
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

/** All values of a cookie, as sent. Tokens need no decoding. */
function readCookie({ cookie = '' }: Headers, name: string): string[] {
  return cookie
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1))
}

function malformed(description: string): BadCredential {
  return Object.freeze({ error: 'invalid_request', description })
}
