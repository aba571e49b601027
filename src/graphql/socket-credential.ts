import type { CredentialSource } from '../authentication/authenticator.js'

type InitPayload = Readonly<Record<string, unknown>> | undefined

/**
 * Where the credential of a socket is: in the first message, as `authorization`, since browsers cannot set headers of
 * an upgrade; or in the headers of the upgrade. Two that differ are both left in, as two headers, to be refused.
 * @returns `malformed` for a payload whose `authorization` is no text
 */
export function credentialSourceOf(
  upgrade: CredentialSource,
  payload: InitPayload,
): CredentialSource | 'malformed' {
  const given = Object.entries(payload ?? {}).filter(([name]) => name.toLowerCase() === 'authorization')
  let { headers, rawHeaders } = upgrade
  for (const [name, value] of given) {
    if (typeof value !== 'string') return 'malformed'
    if (value === headers.authorization) continue
    headers = { ...headers, authorization: headers.authorization ?? value }
    rawHeaders = [...rawHeaders, name, value]
  }
  return { headers, rawHeaders }
}
