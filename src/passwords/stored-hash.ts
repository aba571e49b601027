/** Cost of an argon2id hash. `lanes` is argon2's parallelism. */
export type Argon2Parameters = { memoryKib: number; passes: number; lanes: number }

export type Argon2Hash = {
  scheme: 'argon2'
  variant: 'argon2id' | 'argon2i' | 'argon2d'
  version: number
  parameters: Argon2Parameters
  salt: Buffer
  digest: Buffer
}
export type BcryptHash = { scheme: 'bcrypt'; cost: number; text: string }
export type UnusableHash = { scheme: 'unusable'; reason: string }
export type StoredHash = Argon2Hash | BcryptHash | UnusableHash

// A stored hash decides what its check costs: a row with m=2 GiB occupies a core for ten seconds. Room is left for
// what other systems choose (libsodium's "moderate" is 256 MiB x 3), and for no more.
const maximumMemoryKib = 256 * 1024
const maximumMemoryPassesKib = 1024 * 1024
const maximumPasses = 64
const maximumLanes = 16
const maximumBcryptCost = 15

/** Reads a stored hash and refuses what is malformed or would cost too much to check. Never throws. */
export function parseStoredHash(text: string): StoredHash {
  if (text.startsWith('$argon2')) return parseArgon2(text)
  if (text.startsWith('$2')) return parseBcrypt(text)
  return unusable('the scheme is unknown')
}

/** `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<digest>`: the PHC string format, base64 without padding. */
export function formatArgon2id(parameters: Argon2Parameters, salt: Buffer, digest: Buffer): string {
  const { memoryKib, passes, lanes } = parameters
  return `$argon2id$v=19$m=${memoryKib},t=${passes},p=${lanes}$${unpadded(salt)}$${unpadded(digest)}`
}

/** True when the hash is of a lesser kind than argon2id v19 at `wanted`. Lanes do not count: they save time, not cost. */
export function isWeakerThan(hash: Argon2Hash, wanted: Argon2Parameters): boolean {
  const { variant, version, parameters, salt, digest } = hash
  return (
    variant !== 'argon2id' ||
    version < 0x13 ||
    parameters.memoryKib < wanted.memoryKib ||
    parameters.passes < wanted.passes ||
    salt.length < 16 ||
    digest.length < 32
  )
}

function unusable(reason: string): UnusableHash {
  return { scheme: 'unusable', reason }
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '')
}

const argon2Pattern =
  /^\$(argon2id|argon2i|argon2d)(?:\$v=(16|19))?\$([a-z]=\d{1,10}(?:,[a-z]=\d{1,10}){2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/

function parseArgon2(text: string): StoredHash {
  const [, variant, version = '16', parameterText = '', salt = '', digest = ''] =
    argon2Pattern.exec(text) ?? []
  if (variant !== 'argon2id' && variant !== 'argon2i' && variant !== 'argon2d') {
    return unusable('the argon2 hash is malformed')
  }
  const parameters = parseParameters(parameterText)
  if (parameters === null) return unusable('the argon2 hash lacks one of m, t and p')
  const fault = faultOfParameters(parameters)
  if (fault !== null) return unusable(fault)
  return {
    scheme: 'argon2',
    variant,
    version: Number(version),
    parameters,
    salt: Buffer.from(salt, 'base64'),
    digest: Buffer.from(digest, 'base64'),
  }
}

/** The order differs between writers: m,t,p by the PHC string format, m,p,t by some versions of the node binding. */
function parseParameters(text: string): Argon2Parameters | null {
  const values = new Map(text.split(',').map((pair) => [pair.slice(0, 1), Number(pair.slice(2))]))
  const [memoryKib, passes, lanes] = [values.get('m'), values.get('t'), values.get('p')]
  if (memoryKib === undefined || passes === undefined || lanes === undefined) return null
  return { memoryKib, passes, lanes }
}

function faultOfParameters({ memoryKib, passes, lanes }: Argon2Parameters): string | null {
  if (lanes < 1 || lanes > maximumLanes) return `p=${lanes} is outside 1..${maximumLanes}`
  if (passes < 1 || passes > maximumPasses) return `t=${passes} is outside 1..${maximumPasses}`
  // RFC 9106 3.1: memory is at least 8 KiB a lane.
  if (memoryKib < 8 * lanes || memoryKib > maximumMemoryKib) {
    return `m=${memoryKib} is outside ${8 * lanes}..${maximumMemoryKib}`
  }
  if (memoryKib * passes > maximumMemoryPassesKib) {
    return `m=${memoryKib} times t=${passes} is more than ${maximumMemoryPassesKib}`
  }
  return null
}

function parseBcrypt(text: string): StoredHash {
  const [, costText] = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/.exec(text) ?? []
  if (costText === undefined) return unusable('the bcrypt hash is malformed')
  const cost = Number(costText)
  if (cost < 4 || cost > maximumBcryptCost)
    return unusable(`bcrypt cost ${cost} is outside 4..${maximumBcryptCost}`)
  return { scheme: 'bcrypt', cost, text }
}
