import { createHash } from 'node:crypto'
import { networkOf } from '../authentication/network.js'

/** A window begins with its first failure, and is over after so many seconds. */
export type LoginLimit = { failures: number; seconds: number }

export type LoginLimits = {
  /** Of one account, from everywhere. OWASP ASVS 4.0.3, 2.2.1: no more than a hundred an hour. */
  account: LoginLimit
  /** From one address, at all accounts. */
  address: LoginLimit
  /** Of one account from one address: stops nobody else. */
  accountAndAddress: LoginLimit
}

export type LimitName = keyof LoginLimits

/** A row of `login_failures`. */
export type LoginFailures = {
  /** SHA-256 of what is counted: whoever reads the table sees no addresses of either kind. */
  key: Buffer
  failures: number
  expiresAt: Date
}

/** What one attempt counts against. */
export type Counter = { name: LimitName; key: Buffer; limit: LoginLimit }

/** What was counted in the window that is open. */
export type Count = Counter & Omit<LoginFailures, 'key'>

/** `account`: the e-mail address as accounts are told apart. Sorted by key: whoever counts, locks rows in one order. */
export function countersOf(account: string, address: string | null, limits: LoginLimits): Counter[] {
  const network = address === null ? null : networkOf(address)
  const subjects: [LimitName, string | null][] = [
    ['account', account],
    ['address', network],
    ['accountAndAddress', network && `${network} ${account}`],
  ]
  return subjects
    .flatMap(([name, subject]) =>
      subject === null ? [] : [{ name, key: keyOf(name, subject), limit: limits[name] }],
    )
    .toSorted((one, other) => one.key.compare(other.key))
}

function keyOf(name: LimitName, subject: string): Buffer {
  return createHash('sha256').update(`${name} ${subject}`).digest()
}
