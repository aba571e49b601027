import type { CredentialSource } from './authenticator.js'

export type HostCookieOptions = {
  /** `PUBLIC_URL`: the cookie is bound to TLS where that is. */
  publicUrl: string
  name: string
  sameSite: 'Strict' | 'Lax'
}

/** A cookie of this host, which no script of a page can read. */
export type HostCookie = {
  /** All its values, as sent; they need no decoding. Of two, nobody knows which one is ours. */
  valuesIn(headers: CredentialSource['headers']): string[]
  /** A value of `Set-Cookie`. `seconds`: how long a browser keeps it; null for as long as it is open. */
  set(value: string, seconds: number | null): string
}

/** RFC 6265bis 4.1.3.2: nobody but this host can set a `__Host-` cookie. It wants TLS, which development may lack. */
export function createHostCookie({ publicUrl, name, sameSite }: HostCookieOptions): HostCookie {
  const isSecure = publicUrl.startsWith('https:')
  const start = `${isSecure ? '__Host-' : ''}${name}=`
  const attributes = `Path=/; HttpOnly; SameSite=${sameSite}${isSecure ? '; Secure' : ''}`
  return {
    valuesIn: ({ cookie = '' }) =>
      cookie
        .split(';')
        .map((pair) => pair.trim())
        .filter((pair) => pair.startsWith(start))
        .map((pair) => pair.slice(start.length)),
    set: (value, seconds) =>
      `${start}${value}; ${seconds === null ? '' : `Max-Age=${seconds}; `}${attributes}`,
  }
}
