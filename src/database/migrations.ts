import type { Migration } from './data-source.js'
import { Identity1763800000000 } from './migrations/0001-identity.js'
import { SigningKeys1763800100000 } from './migrations/0002-signing-keys.js'
import { Sessions1763800200000 } from './migrations/0003-sessions.js'
import { Revocations1763800300000 } from './migrations/0004-revocations.js'
import { Audit1763800400000 } from './migrations/0005-audit.js'
import { ApiKeys1763800500000 } from './migrations/0006-api-keys.js'
import { Clients1763800600000 } from './migrations/0007-clients.js'
import { OAuth1763800700000 } from './migrations/0008-oauth.js'
import { SessionsEnd1763800800000 } from './migrations/0009-sessions-end.js'
import { LoginFailures1763800900000 } from './migrations/0010-login-failures.js'
import { RegistrationCounts1763801000000 } from './migrations/0011-registration-counts.js'
import { RemovedRoles1763801100000 } from './migrations/0012-removed-roles.js'

/** Every migration, in the order in which they run. A released one is never edited: add another. */
export const migrations: readonly Migration[] = [
  Identity1763800000000,
  SigningKeys1763800100000,
  Sessions1763800200000,
  Revocations1763800300000,
  Audit1763800400000,
  ApiKeys1763800500000,
  Clients1763800600000,
  OAuth1763800700000,
  SessionsEnd1763800800000,
  LoginFailures1763800900000,
  RegistrationCounts1763801000000,
  RemovedRoles1763801100000,
]
