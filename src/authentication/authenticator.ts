import type { IncomingHttpHeaders } from 'node:http'
import type { BadCredential, Caller } from './caller.js'

/** What a credential can be read from. `rawHeaders` (name, value, name, ...) shows repeated headers, which `headers` hides. */
export type CredentialSource = {
  readonly headers: IncomingHttpHeaders
  readonly rawHeaders: readonly string[]
}

/** null: no credential of this kind was sent. Synchronous whenever the answer is known without asking anybody. */
export type Authenticator = (
  source: CredentialSource,
) => Caller | BadCredential | null | Promise<Caller | BadCredential | null>
