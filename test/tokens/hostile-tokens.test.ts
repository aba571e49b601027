import type { KeyObject } from 'node:crypto'
import {
  createHmac,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  randomBytes,
  sign as signBytes,
} from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import type { AccessTokenVerifier } from '../../src/tokens/access-token-verifier.js'
import { createAccessTokenVerifier } from '../../src/tokens/access-token-verifier.js'
import type { KeyMaterial } from '../../src/tokens/key-material.js'
import { generateKeyMaterial } from '../../src/tokens/key-material.js'
import { audience, createClock, createFixedKeys, issuer, request } from './token-fixtures.js'

// Every token here is refused. All but the forged ones are signed with the true key, so that what is wrong with them is
// what their name says and nothing else; the first test shows that the tools used here make acceptable tokens.

type Json = Record<string, unknown>
type World = { ec: KeyMaterial; hmac: KeyMaterial; rsa: KeyMaterial; verifier: AccessTokenVerifier }
type Attack = (world: World) => string

const clock = createClock()
const nowSeconds = clock.now().getTime() / 1000

let world: World

beforeAll(async () => {
  const [ec, hmac, rsa] = await Promise.all([
    generateKeyMaterial('ES256'),
    generateKeyMaterial('HS256'),
    generateKeyMaterial('RS256'),
  ])
  const keys = createFixedKeys([ec, hmac, rsa])
  world = { ec, hmac, rsa, verifier: createAccessTokenVerifier({ issuer, audience, keys, now: clock.now }) }
})

const base64url = (content: string | Buffer) => Buffer.from(content).toString('base64url')

const goodClaims: Json = {
  iss: issuer,
  aud: audience,
  sub: request.userId,
  client_id: 'fieldgate',
  iat: nowSeconds,
  exp: nowSeconds + 300,
  jti: 'c2l4dGVlbiBieXRlcyE',
  scope: 'users:read users:email',
  sid: request.sessionId,
  auth_time: nowSeconds - 60,
  as_of: request.asOf,
}

const goodHeader = ({ keyId, algorithm }: KeyMaterial): Json => ({
  alg: algorithm,
  typ: 'at+jwt',
  kid: keyId,
})

function signatureOf(
  input: string,
  { algorithm, signingKey }: Pick<KeyMaterial, 'algorithm' | 'signingKey'>,
): Buffer {
  if (algorithm === 'HS256') return createHmac('sha256', signingKey).update(input).digest()
  return signBytes('sha256', Buffer.from(input), { key: signingKey, dsaEncoding: 'ieee-p1363' })
}

/** Signs any two pieces of text as header and payload. */
function signText(
  header: string | Buffer,
  payload: string | Buffer,
  key: Pick<KeyMaterial, 'algorithm' | 'signingKey'>,
) {
  const input = `${base64url(header)}.${base64url(payload)}`
  return `${input}.${base64url(signatureOf(input, key))}`
}

const good = (key: KeyMaterial) => signText(JSON.stringify(goodHeader(key)), JSON.stringify(goodClaims), key)

const withHeader =
  (change: Json, key: (world: World) => KeyMaterial = ({ ec }) => ec): Attack =>
  (all) =>
    signText(JSON.stringify({ ...goodHeader(key(all)), ...change }), JSON.stringify(goodClaims), key(all))

const withHeaderText =
  (change: (text: string) => string | Buffer): Attack =>
  ({ ec }) =>
    signText(change(JSON.stringify(goodHeader(ec))), JSON.stringify(goodClaims), ec)

const withClaims =
  (change: Json): Attack =>
  ({ ec }) =>
    signText(JSON.stringify(goodHeader(ec)), JSON.stringify({ ...goodClaims, ...change }), ec)

const withPayload =
  (payload: string | Buffer): Attack =>
  ({ ec }) =>
    signText(JSON.stringify(goodHeader(ec)), payload, ec)

const withParts =
  (change: (header: string, payload: string, signature: string) => string): Attack =>
  ({ ec }) => {
    const [header = '', payload = '', signature = ''] = good(ec).split('.')
    return change(header, payload, signature)
  }

const withSignature =
  (change: (signature: Buffer) => Buffer): Attack =>
  ({ ec }) => {
    const [header = '', payload = '', signature = ''] = good(ec).split('.')
    return `${header}.${payload}.${base64url(change(Buffer.from(signature, 'base64url')))}`
  }

/** As if the attacker had the header say what to verify with. */
function signedByStranger(header: (stranger: { key: KeyObject; jwk: object }) => Json): Attack {
  return ({ ec }) => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const jwk = createPublicKey(privateKey).export({ format: 'jwk' })
    const members = { ...goodHeader(ec), ...header({ key: privateKey, jwk }) }
    return signText(JSON.stringify(members), JSON.stringify(goodClaims), {
      algorithm: 'ES256',
      signingKey: privateKey,
    })
  }
}

function confusedHmac(secretOf: (world: World) => string | Buffer, alg = 'HS256'): Attack {
  return (all) =>
    signText(JSON.stringify({ ...goodHeader(all.rsa), alg }), JSON.stringify(goodClaims), {
      algorithm: 'HS256',
      signingKey: createSecretKey(Buffer.from(secretOf(all))),
    })
}

const without = (name: string): Attack => withClaims({ [name]: undefined })

/** The same bits, spelt otherwise: the last character of base64url has bits that no byte uses. */
function withUnusedBits(part: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return part.slice(0, -1) + alphabet[alphabet.indexOf(part.slice(-1)) + 1]
}

const order = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551')
const bytesOf = (n: bigint) => Buffer.from(n.toString(16).padStart(64, '0'), 'hex')

const attacks: Record<string, Attack> = {
  // The algorithm.
  'alg none without a signature': withParts(
    (_, payload) => `${base64url('{"alg":"none","typ":"at+jwt"}')}.${payload}.`,
  ),
  'alg none with a signature': withHeader({ alg: 'none' }),
  'alg None': withHeader({ alg: 'None' }),
  'alg NONE and an empty signature': ({ ec }) =>
    signText(JSON.stringify({ ...goodHeader(ec), alg: 'NONE' }), JSON.stringify(goodClaims), ec).replace(
      /[^.]+$/,
      '',
    ),
  'alg of another case': withHeader({ alg: 'es256' }),
  'alg empty': withHeader({ alg: '' }),
  'alg missing': withHeader({ alg: undefined }),
  'alg null': withHeader({ alg: null }),
  'alg a number': withHeader({ alg: 256 }),
  'alg a list with the right one': withHeader({ alg: ['ES256'] }),
  'alg of another strength': withHeader({ alg: 'ES384' }),
  'alg of another family for the same RSA key': withHeader({ alg: 'PS256' }, ({ rsa }) => rsa),
  'the RSA public key (PEM) used as an HMAC secret': confusedHmac(({ rsa }) =>
    rsa.verificationKey.export({ format: 'pem', type: 'spki' }),
  ),
  'the RSA public key (DER) used as an HMAC secret': confusedHmac(({ rsa }) =>
    rsa.verificationKey.export({ format: 'der', type: 'spki' }),
  ),
  'the public JWK used as an HMAC secret': confusedHmac(({ rsa }) => JSON.stringify(rsa.publicJwk)),
  'an empty HMAC secret': confusedHmac(() => ''),
  'the key id of an EC key with the algorithm and signature of the HMAC key': ({ ec, hmac }) =>
    signText(JSON.stringify({ ...goodHeader(hmac), kid: ec.keyId }), JSON.stringify(goodClaims), hmac),

  // The header.
  'crit with an unknown extension': withHeader({ crit: ['exp'] }),
  'crit empty': withHeader({ crit: [] }),
  'b64 false': withHeader({ b64: false, crit: ['b64'] }),
  'b64 true': withHeader({ b64: true }),
  'a key in the header (jwk), and signed with it': signedByStranger(({ jwk }) => ({ jwk })),
  'a key in the header (jwk), though signed with the true one': withHeader({ jwk: { kty: 'oct', k: '' } }),
  'the address of keys in the header (jku)': signedByStranger(() => ({
    jku: 'https://evil.example/jwks.json',
  })),
  'the address of a certificate in the header (x5u)': withHeader({ x5u: 'https://evil.example/cert.pem' }),
  'a certificate in the header (x5c)': withHeader({ x5c: ['MIIB'] }),
  'a certificate thumbprint in the header (x5t)': withHeader({ x5t: 'AAAA' }),
  'a certificate thumbprint in the header (x5t#S256)': withHeader({ 'x5t#S256': 'AAAA' }),
  'compression (zip)': withHeader({ zip: 'DEF' }),
  'a nested token (cty)': withHeader({ cty: 'JWT' }),
  'an encryption (enc)': withHeader({ enc: 'A256GCM' }),
  '__proto__ in the header': withHeaderText((text) => text.replace('{', '{"__proto__":{"typ":"at+jwt"},')),
  'kid missing': withHeader({ kid: undefined }),
  'kid unknown': withHeader({ kid: 'A'.repeat(43) }),
  'kid a path': withHeader({ kid: '../../../../dev/null' }),
  'kid an SQL injection': withHeader({ kid: "x' UNION SELECT 'secret" }),
  'kid __proto__': withHeader({ kid: '__proto__' }),
  'kid constructor': withHeader({ kid: 'constructor' }),
  'kid a list': (all) => withHeader({ kid: [all.ec.keyId] })(all),
  'kid of another known key': ({ ec, rsa }) =>
    signText(JSON.stringify({ ...goodHeader(ec), kid: rsa.keyId }), JSON.stringify(goodClaims), ec),
  'kid with a NUL behind it': (all) => withHeader({ kid: `${all.ec.keyId}\0` })(all),
  'typ missing': withHeader({ typ: undefined }),
  'typ JWT, as of an ID token': withHeader({ typ: 'JWT' }),
  'typ of a logout token': withHeader({ typ: 'logout+jwt' }),
  'typ a list': withHeader({ typ: ['at+jwt'] }),
  'typ with application/ twice': withHeader({ typ: 'application/application/at+jwt' }),
  'typ with a parameter': withHeader({ typ: 'at+jwt; charset=utf-8' }),
  'typ with white space': withHeader({ typ: ' at+jwt' }),
  'a duplicate alg in the header': withHeaderText((text) => text.replace('{', '{"alg":"none",')),
  'a duplicate alg, spelt with an escape': withHeaderText((text) =>
    text.replace('{', '{"\\u0061lg":"none",'),
  ),
  'a duplicate kid in the header': withHeaderText((text) => text.replace('}', ',"kid":"other"}')),
  'white space in the header': withHeaderText((text) => text.replace(',', ', ')),
  'a comma at the end of the header': withHeaderText((text) => text.replace('}', ',}')),
  'a byte order mark before the header': withHeaderText((text) => `\ufeff${text}`),
  'a header that is no UTF-8': withHeaderText((text) =>
    Buffer.concat([Buffer.from(text.slice(0, -2)), Buffer.from([0xff]), Buffer.from('"}')]),
  ),
  'a header that is a list': withHeaderText((text) => `[${text}]`),
  'a header that is a string': withHeaderText((text) => JSON.stringify(text)),
  'a header that is null': withHeaderText(() => 'null'),
  'a header that is no JSON': withHeaderText(() => 'alg=ES256'),

  // The form.
  'nothing at all': () => '',
  'two dots': () => '..',
  'no signature': withParts((header, payload) => `${header}.${payload}`),
  'an empty signature': withParts((header, payload) => `${header}.${payload}.`),
  'an empty payload': ({ ec }) => signText(JSON.stringify(goodHeader(ec)), '', ec),
  'an empty header': withParts((_, payload, signature) => `.${payload}.${signature}`),
  'four parts': withParts((header, payload, signature) => `${header}.${payload}.${signature}.${signature}`),
  'five parts, as of an encrypted token': withParts((header, payload, signature) =>
    [header, payload, signature, signature, signature].join('.'),
  ),
  'a dot at the end': withParts((header, payload, signature) => `${header}.${payload}.${signature}.`),
  'a dot at the start': withParts((header, payload, signature) => `.${header}.${payload}.${signature}`),
  'padding behind the signature': withParts(
    (header, payload, signature) => `${header}.${payload}.${signature}==`,
  ),
  'unused bits in the signature': withParts(
    (header, payload, signature) => `${header}.${payload}.${withUnusedBits(signature)}`,
  ),
  'the alphabet of plain base64': ({ ec }) =>
    good({ ...ec }).replace(/[^.]+$/, (signature) => Buffer.from(signature, 'base64url').toString('base64')),
  'a line break in the payload': withParts(
    (header, payload, signature) => `${header}.${payload.slice(0, 8)}\n${payload.slice(8)}.${signature}`,
  ),
  'white space before the token': withParts((...parts) => ` ${parts.join('.')}`),
  'white space behind the token': withParts((...parts) => `${parts.join('.')} `),
  'a NUL behind the token': withParts((...parts) => `${parts.join('.')}\0`),
  'the JSON serialisation': withParts((header, payload, signature) =>
    JSON.stringify({ protected: header, payload, signature }),
  ),
  'a token longer than any that we make': withClaims({
    scope: Array.from({ length: 900 }, (_, n) => `scope:${n}`).join(' '),
  }),
  'a megabyte of text': () => 'a'.repeat(1_000_000),

  // The signature.
  'a signature by somebody else': signedByStranger(() => ({})),
  'a signature over another payload': withParts((header, _, signature) =>
    [header, base64url(JSON.stringify({ ...goodClaims, sub: 'admin' })), signature].join('.'),
  ),
  'a signature over another header': withParts((header, payload, signature) =>
    [
      base64url(Buffer.from(header, 'base64url').toString().replace('at+jwt', 'AT+JWT')),
      payload,
      signature,
    ].join('.'),
  ),
  'a signature of zeros (CVE-2022-21449)': withSignature(() => Buffer.alloc(64)),
  'a signature with r = 0': withSignature((signature) =>
    Buffer.concat([Buffer.alloc(32), signature.subarray(32)]),
  ),
  'a signature with s = 0': withSignature((signature) =>
    Buffer.concat([signature.subarray(0, 32), Buffer.alloc(32)]),
  ),
  'a signature with r and s of the order of the curve': withSignature(() =>
    Buffer.concat([bytesOf(order), bytesOf(order)]),
  ),
  'a signature in DER': ({ ec }) => {
    const [header = '', payload = ''] = good(ec).split('.')
    return `${header}.${payload}.${base64url(signBytes('sha256', Buffer.from(`${header}.${payload}`), ec.signingKey))}`
  },
  'a signature with a byte too many': withSignature((signature) =>
    Buffer.concat([signature, Buffer.alloc(1)]),
  ),
  'a signature with a byte too few': withSignature((signature) => signature.subarray(0, 63)),
  'a signature with half of it': withSignature((signature) => signature.subarray(0, 32)),
  'a signature with r and s exchanged': withSignature((signature) =>
    Buffer.concat([signature.subarray(32), signature.subarray(0, 32)]),
  ),
  'an HMAC cut short': ({ hmac }) => good(hmac).replace(/[^.]+$/, (mac) => mac.slice(0, 20)),

  // The payload.
  'a payload that is no JSON': withPayload('hello'),
  'a payload that is a string': withPayload(JSON.stringify(JSON.stringify(goodClaims))),
  'a payload that is a list of claims': withPayload(JSON.stringify([goodClaims])),
  'a payload that is null': withPayload('null'),
  'a payload that is a number': withPayload('1'),
  'a payload that is no UTF-8': withPayload(
    Buffer.from(JSON.stringify({ ...goodClaims, jti: '\u00ff' }), 'latin1'),
  ),
  'a byte order mark before the payload': withPayload(`\ufeff${JSON.stringify(goodClaims)}`),
  'a duplicate claim': withPayload(JSON.stringify(goodClaims).replace('{', '{"sub":"admin",')),
  'a duplicate claim, spelt with an escape': withPayload(
    JSON.stringify(goodClaims).replace('{', '{"\\u0073ub":"admin",'),
  ),
  'claims with white space between': withPayload(JSON.stringify(goodClaims, null, 1)),
  'claims behind __proto__': withPayload(`{"__proto__":${JSON.stringify(goodClaims)}}`),
  'something behind the claims': withPayload(`${JSON.stringify(goodClaims)}{}`),
  'no claims': withPayload('{}'),

  // The claims.
  'iss missing': without('iss'),
  'iss of somebody else': withClaims({ iss: 'https://evil.example' }),
  'iss with a slash at the end': withClaims({ iss: `${issuer}/` }),
  'iss in capitals': withClaims({ iss: issuer.toUpperCase() }),
  'iss a list with ours': withClaims({ iss: [issuer] }),
  'aud missing': without('aud'),
  'aud of somebody else': withClaims({ aud: 'https://other.example' }),
  'aud an empty list': withClaims({ aud: [] }),
  'aud a list without ours': withClaims({ aud: ['https://other.example', `${audience}/`] }),
  'aud a list with something that is no text': withClaims({ aud: [audience, 1] }),
  'aud a list in a list': withClaims({ aud: [[audience]] }),
  'aud an object': withClaims({ aud: { 0: audience, length: 1 } }),
  'sub missing': without('sub'),
  'sub empty': withClaims({ sub: '' }),
  'sub a number': withClaims({ sub: 1 }),
  'sub an object': withClaims({ sub: { id: request.userId } }),
  'sub of enormous length': withClaims({ sub: 'a'.repeat(256) }),
  'client_id missing': without('client_id'),
  'client_id null': withClaims({ client_id: null }),
  'jti missing': without('jti'),
  'jti a number': withClaims({ jti: 7 }),
  'sid missing': without('sid'),
  'sid empty': withClaims({ sid: '' }),
  'exp missing': without('exp'),
  'exp now': withClaims({ exp: nowSeconds, iat: nowSeconds - 300 }),
  'exp a second ago': withClaims({ exp: nowSeconds - 1, iat: nowSeconds - 300 }),
  'exp in text': withClaims({ exp: String(nowSeconds + 300) }),
  'exp null': withClaims({ exp: null }),
  'exp with a fraction': withClaims({ exp: nowSeconds + 300.5 }),
  'exp beyond all numbers': withPayload(JSON.stringify(goodClaims).replace(/"exp":\d+/, '"exp":1e999')),
  'exp too large to count with': withClaims({ exp: 1e300 }),
  'exp before iat': withClaims({ iat: nowSeconds + 4, exp: nowSeconds + 3 }),
  'exp equal to iat': withClaims({ iat: nowSeconds + 3, exp: nowSeconds + 3 }),
  'exp negative': withClaims({ exp: -1, iat: -300 }),
  'iat missing': without('iat'),
  'iat in the future': withClaims({ iat: nowSeconds + 60 }),
  'iat in the future, and nbf in the past': withClaims({ iat: nowSeconds + 60, nbf: nowSeconds - 60 }),
  'iat in text': withClaims({ iat: String(nowSeconds) }),
  'iat zero': withClaims({ iat: 0 }),
  'nbf in the future': withClaims({ nbf: nowSeconds + 60 }),
  'nbf in text': withClaims({ nbf: String(nowSeconds) }),
  'nbf null': withClaims({ nbf: null }),
  'auth_time missing': without('auth_time'),
  'auth_time in the future': withClaims({ auth_time: nowSeconds + 60 }),
  'auth_time in text': withClaims({ auth_time: 'yesterday' }),
  'as_of missing': without('as_of'),
  'as_of in text': withClaims({ as_of: String(request.asOf) }),
  'as_of beyond what can be counted': withClaims({ as_of: 2 ** 53 }),
  'as_of negative': withClaims({ as_of: -1 }),
  'scope a list': withClaims({ scope: ['users:read'] }),
  'scope empty': withClaims({ scope: '' }),
  'scope null': withClaims({ scope: null }),
  'scope with two spaces': withClaims({ scope: 'users:read  users:email' }),
  'scope with a line break': withClaims({ scope: 'users:read\nusers:write' }),
  'scope with a quotation mark': withClaims({ scope: 'users:"read"' }),
  'scope with a letter beyond ASCII': withClaims({ scope: 'users:réad' }),
}

describe('the verifier refuses', () => {
  test('nothing that is made by these tools without an attack', () => {
    for (const key of [world.ec, world.hmac, world.rsa]) {
      expect(world.verifier.verify(good(key))).toMatchObject({ userId: request.userId })
    }
  })

  test.each(Object.entries(attacks))('%s', async (_name, attack) => {
    const answer = await world.verifier.verify(attack(world))
    expect(answer).toEqual({ error: 'invalid_token', description: expect.any(String) })
    // RFC 6750 3: error_description has these characters and no others.
    expect('description' in answer && answer.description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
  })

  test('60 hostile tokens at least, no two of them alike', () => {
    const tokens = new Set(Object.values(attacks).map((attack) => attack(world)))
    expect(tokens.size).toBeGreaterThanOrEqual(60)
  })

  test('random bytes in the place of a signature', async () => {
    const [header, payload] = good(world.hmac).split('.')
    for (let n = 0; n < 1000; n += 1) {
      const token = `${header}.${payload}.${randomBytes(32).toString('base64url')}`
      expect(await world.verifier.verify(token)).toMatchObject({ error: 'invalid_token' })
    }
  })
})
