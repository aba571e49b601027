import type { JsonWebKey, KeyObject } from 'node:crypto'
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKey,
  generateKeyPair,
} from 'node:crypto'
import { promisify } from 'node:util'

export const signingAlgorithms = ['ES256', 'RS256', 'PS256', 'HS256'] as const
export type SigningAlgorithm = (typeof signingAlgorithms)[number]

/** The members that RFC 7638 3.2 requires of the kind of key, and nothing private. */
export type PublicJwk = Readonly<Record<string, string>>

export type KeyMaterial = {
  /** RFC 7638 thumbprint, 43 characters of base64url. */
  keyId: string
  algorithm: SigningAlgorithm
  /** Private, or the secret of HS256. */
  signingKey: KeyObject
  /** Public, or the same secret. */
  verificationKey: KeyObject
  /** null for HS256, whose key is nobody else's business. */
  publicJwk: PublicJwk | null
}

export async function generateKeyMaterial(algorithm: SigningAlgorithm): Promise<KeyMaterial> {
  return describeKey(algorithm, await generateSigningKey(algorithm))
}

/** The key as bytes to be sealed: PKCS #8, or the secret itself. */
export function exportSigningKey({ signingKey }: Pick<KeyMaterial, 'signingKey'>): Buffer {
  return signingKey.type === 'secret'
    ? signingKey.export()
    : signingKey.export({ format: 'der', type: 'pkcs8' })
}

/** Public key and key id are derived, not believed: whoever can only write to the table cannot plant a key. */
export function importSigningKey(algorithm: SigningAlgorithm, exported: Buffer): KeyMaterial {
  const signingKey =
    algorithm === 'HS256'
      ? createSecretKey(exported)
      : createPrivateKey({ key: exported, format: 'der', type: 'pkcs8' })
  return describeKey(algorithm, signingKey)
}

/** RFC 7638 3: SHA-256 over the required members, in the order of their names, without white space. */
export function thumbprintOf(members: PublicJwk): string {
  const ordered = Object.fromEntries(Object.entries(members).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  return createHash('sha256').update(JSON.stringify(ordered)).digest('base64url')
}

function describeKey(algorithm: SigningAlgorithm, signingKey: KeyObject): KeyMaterial {
  if (signingKey.type === 'secret') {
    // RFC 7638 7: the thumbprint of a secret tells nothing as long as the secret cannot be guessed; this has 256 bits.
    const keyId = thumbprintOf(requiredMembers(signingKey))
    return { keyId, algorithm, signingKey, verificationKey: signingKey, publicJwk: null }
  }
  const verificationKey = createPublicKey(signingKey)
  const publicJwk = requiredMembers(verificationKey)
  return { keyId: thumbprintOf(publicJwk), algorithm, signingKey, verificationKey, publicJwk }
}

// RFC 7638 3.2.
function requiredMembers(key: KeyObject): PublicJwk {
  const jwk = key.export({ format: 'jwk' })
  if (jwk.kty === 'EC') return pick(jwk, ['crv', 'kty', 'x', 'y'])
  if (jwk.kty === 'RSA') return pick(jwk, ['e', 'kty', 'n'])
  return pick(jwk, ['k', 'kty'])
}

function pick(jwk: JsonWebKey, names: readonly (keyof JsonWebKey)[]): PublicJwk {
  return Object.fromEntries(names.map((name) => [name, String(jwk[name])]))
}

async function generateSigningKey(algorithm: SigningAlgorithm): Promise<KeyObject> {
  // RFC 7518 3.2: a secret at least as long as the output of the hash.
  if (algorithm === 'HS256') return promisify(generateKey)('hmac', { length: 256 })
  const { privateKey } =
    algorithm === 'ES256'
      ? await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' })
      : // RFC 7518 3.3 and 3.5: 2048 bits or more.
        await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  return privateKey
}
