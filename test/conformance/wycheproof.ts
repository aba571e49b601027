// Runs the JWS layer of the token verifier over a directory of the public Wycheproof vectors (C2SP/wycheproof,
// testvectors_v1/json_web_*.json):
//   npx tsx test/conformance/wycheproof.ts <directory>
// Ends with status 1 when a vector that is invalid is accepted and not listed below as known.
import type { JsonWebKey, KeyObject } from 'node:crypto'
import { createPublicKey, createSecretKey } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Algorithm } from 'jsonwebtoken'
import { z } from 'zod'
import type { JwsKey } from '../../src/tokens/strict-jws.js'
import { parseJws, verifySignature } from '../../src/tokens/strict-jws.js'

const keyOrSet = z.record(z.string(), z.unknown())
const vectorFile = z.object({
  testGroups: z.array(
    z.object({
      comment: z.string(),
      public: keyOrSet.optional(),
      private: keyOrSet,
      tests: z.array(
        z.object({
          tcId: z.number(),
          comment: z.string(),
          result: z.enum(['valid', 'invalid', 'acceptable']),
          jws: z.unknown().optional(),
        }),
      ),
    }),
  ),
})
const jwkSchema = z.looseObject({ kty: z.string(), alg: z.string().optional(), kid: z.string().optional() })

type Jwk = z.infer<typeof jwkSchema>
type Verdict = { verdict: 'accepted' | 'refused'; reason: string }

const ownKeys = 'a fault of the key alone: Fieldgate takes keys from nobody, it verifies with those it made'

/** Invalid vectors that are accepted, and why that is right, by file and id. */
const knownLenient: Record<string, string> = {
  'json_web_crypto_test 46': ownKeys,
  'json_web_crypto_test 47': ownKeys,
  'json_web_key_test 1': ownKeys,
  'json_web_key_test 7': ownKeys,
  'json_web_key_test 21': ownKeys,
  'json_web_signature_test 367': 'byte for byte the valid vector 357',
  'json_web_signature_test 370': 'byte for byte the valid vector 357',
}

function main(directory: string): number {
  const files = readdirSync(directory).filter((name) => /^json_web_.*\.json$/.test(name))
  if (files.length === 0) throw new Error(`No json_web_*.json in ${directory}`)
  const unexpected = files.map((file) => reportFile(join(directory, file), file.replace('.json', '')))
  return unexpected.some((count) => count > 0) ? 1 : 0
}

/** Answers how many invalid vectors were accepted without being known. */
function reportFile(path: string, name: string): number {
  const counts = {
    'valid accepted': 0,
    'valid refused': 0,
    'invalid refused': 0,
    'invalid accepted': 0,
    'no JWS': 0,
  }
  const notes: string[] = []
  let unexpected = 0
  const { testGroups } = vectorFile.parse(JSON.parse(readFileSync(path, 'utf8')))
  for (const group of testGroups) {
    for (const { tcId, comment, result, jws } of group.tests) {
      if (jws === undefined) {
        counts['no JWS'] += 1
        continue
      }
      const expected = result === 'valid' ? 'valid' : 'invalid'
      const { verdict, reason } = judge(jws, group.public ?? group.private)
      counts[`${expected} ${verdict}`] += 1
      const title = `${tcId} (${group.comment}: ${comment})`
      if (expected === 'valid' && verdict === 'refused') notes.push(`stricter ${title}: ${reason}`)
      if (expected === 'valid' || verdict === 'refused') continue
      const known = knownLenient[`${name} ${tcId}`]
      if (known === undefined) unexpected += 1
      notes.push(`${known === undefined ? 'UNEXPECTED' : 'known'} lenient ${title}: ${known ?? 'accepted'}`)
    }
  }
  console.log(name, counts)
  for (const note of notes) console.log(`  ${note}`)
  return unexpected
}

function judge(jws: unknown, key: Record<string, unknown>): Verdict {
  if (typeof jws !== 'string') return { verdict: 'refused', reason: 'The JSON serialisation.' }
  const parsed = parseJws(jws)
  if ('fault' in parsed) return { verdict: 'refused', reason: parsed.fault }
  const candidates = jwksOf(key).filter(({ kid = parsed.header.kid }) => kid === parsed.header.kid)
  const [jwk] = candidates
  if (jwk === undefined || candidates.length > 1)
    return { verdict: 'refused', reason: 'No key, or several, with this kid.' }
  const jwsKey = importKey(jwk)
  if (jwsKey === null) return { verdict: 'refused', reason: 'The key cannot be used.' }
  if (parsed.header.alg !== jwsKey.algorithm) {
    return {
      verdict: 'refused',
      reason: `The key is for ${jwsKey.algorithm}, the header says ${parsed.header.alg}.`,
    }
  }
  const genuine = verifySignature(jws, parsed.header, jwsKey) === 'genuine'
  return { verdict: genuine ? 'accepted' : 'refused', reason: 'The signature.' }
}

function jwksOf(keyOrKeys: Record<string, unknown>): Jwk[] {
  return z.array(jwkSchema).parse('keys' in keyOrKeys ? keyOrKeys['keys'] : [keyOrKeys])
}

/** As the server holds its keys: an algorithm, which the header does not choose, and a KeyObject. */
function importKey(jwk: Jwk): JwsKey | null {
  const algorithm = algorithmOf(jwk)
  if (algorithm === null) return null
  try {
    return { algorithm, verificationKey: importKeyObject(jwk) }
  } catch {
    return null // What node:crypto does not take as a key is no key: a point off the curve, an empty secret.
  }
}

function importKeyObject(jwk: Jwk): KeyObject {
  if (jwk.kty === 'oct') return createSecretKey(String(jwk['k']), 'base64url')
  const key: JsonWebKey = jwk
  return createPublicKey({ key, format: 'jwk' })
}

const algorithms: readonly string[] = ['HS', 'RS', 'PS', 'ES'].flatMap((family) =>
  [256, 384, 512].map((bits) => `${family}${bits}`),
)

function algorithmOf({ alg }: Jwk): Algorithm | null {
  return isAlgorithm(alg) ? alg : null
}

function isAlgorithm(text: string | undefined): text is Algorithm {
  return text !== undefined && algorithms.includes(text)
}

const [directory] = process.argv.slice(2)
if (directory === undefined)
  throw new Error('Usage: npx tsx test/conformance/wycheproof.ts <directory of vectors>')
process.exitCode = main(directory)
