import type { CredentialSource } from '../authentication/authenticator.js'
import { asCookieWish, withoutCookies } from '../authentication/cookie.js'

type InitPayload = Readonly<Record<string, unknown>> | undefined

/**
 * Where the credential of a socket is: in the first message, as `authorization`, since browsers cannot set headers of
 * an upgrade; or in the headers of the upgrade. Two that differ are both left in, as two headers, to be refused. Cookies a
 * browser sends unasked: they count only where the first message names nothing.
 * @returns `malformed` for a payload whose `authorization` is no text
 */
export function credentialSourceOf(
  upgrade: CredentialSource,
  payload: InitPayload,
): CredentialSource | 'malformed' {
  const given = Object.entries(payload ?? {}).filter(([name]) => name.toLowerCase() === 'authorization')
  if (given.length === 0) return ofUpgrade(upgrade)
  let { headers, rawHeaders } = withoutCookies(upgrade)
  for (const [name, value] of given) {
    if (typeof value !== 'string') return 'malformed'
    if (value === headers.authorization) continue
    headers = { ...headers, authorization: headers.authorization ?? value }
    rawHeaders = [...rawHeaders, name, value]
  }
  return { headers, rawHeaders }
}

/**
 * An upgrade with an Origin comes from a page that may send the header which a socket cannot carry: http/web-sockets has
 * looked for the Origin on the list that CORS has. Without one it is not known where it comes from.
 */
function ofUpgrade({ headers, rawHeaders }: CredentialSource): CredentialSource {
  const source = { headers, rawHeaders }
  return headers.origin === undefined ? source : asCookieWish(source)
}
