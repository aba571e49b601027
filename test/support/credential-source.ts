import type { CredentialSource } from '../../src/authentication/authenticator.js'

/** As Node gives it: of repeated headers `headers` keeps the first, `rawHeaders` all. */
export function sourceOf(headers: readonly (readonly [name: string, value: string])[]): CredentialSource {
  const entries = headers.map(([name, value]) => [name.toLowerCase(), value] as const)
  return { headers: Object.fromEntries(entries.toReversed()), rawHeaders: headers.flat() }
}
