import { randomBytes, randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { createApiKeyAuthenticator } from '../../src/authentication/api-key.js'
import type { CredentialSource } from '../../src/authentication/authenticator.js'
import { createBearerAuthenticator } from '../../src/authentication/bearer.js'
import { createCookieAuthentication } from '../../src/authentication/cookie.js'
import { firstOf } from '../../src/authentication/first-of.js'
import { defaultTiming, type Reading } from '../../src/revocations/revocation.js'
import type { Query } from '../../src/revocations/revocation-log.js'
import { createRevocationMonitor } from '../../src/revocations/revocation-monitor.js'
import { createAccessTokenSigner } from '../../src/tokens/access-token-signer.js'
import { createAccessTokenVerifier } from '../../src/tokens/access-token-verifier.js'
import { generateKeyMaterial } from '../../src/tokens/key-material.js'
import { createKeyRing } from '../../src/tokens/key-ring.js'
import { createTokenCallers } from '../../src/tokens/token-callers.js'

export type Door = Awaited<ReturnType<typeof openDoor>>

export type DoorOptions = {
  /** Users whose rights were revoked, and who are remembered for that. */
  readonly revocations?: number
}

const publicUrl = 'https://api.example.com'
const now = () => new Date()

/** The log of revocations as one look at it brings it, counted. Nobody else is asked for anything. */
function createLog(revocations: number) {
  let statements = 0
  const eventAfter = (position: number) => [position + 1, 'user', randomUUID()] as const
  const query: Query = async <Row>(sql: string, [applied]: readonly unknown[]) => {
    statements += 1
    if (sql.includes('INSERT INTO replicas')) return [{ id: randomUUID() }] as Row[]
    const length = Math.min(revocations - Number(applied), 5000)
    const events = Array.from({ length }, (_, at) => eventAfter(Number(applied) + at))
    const reading: Reading & { registered: boolean } = { registered: true, horizon: 0, events }
    return [{ reading }] as Row[]
  }
  return { query, statements: () => statements }
}

/** Everything that says who is calling, as `src/app.ts` puts it together, over a log of revocations in memory. */
export async function openDoor({ revocations = 0 }: DoorOptions = {}) {
  const log = createLog(revocations)
  const monitor = createRevocationMonitor({
    connect: async () => ({ query: log.query, destroy: () => {} }),
    query: log.query,
    timing: defaultTiming,
    monotonicNow: () => performance.now(),
    log: pino({ level: 'silent' }),
  })
  await monitor.start()

  const dates = {
    createdAt: now(),
    activatesAt: new Date(0),
    retiresAt: null,
    goneAt: null,
    compromisedAt: null,
  }
  const key = { ...(await generateKeyMaterial('ES256')), ...dates }
  const ring = createKeyRing([key])
  const newVerifier = () =>
    createAccessTokenVerifier({
      issuer: publicUrl,
      audience: publicUrl,
      keys: { find: ring.find, findAfterReload: async () => undefined },
      now,
    })
  let verifier = newVerifier()
  const sign = createAccessTokenSigner({
    issuer: publicUrl,
    audience: publicUrl,
    accessTokenSeconds: 3600,
    keys: { current: () => key },
    now,
    randomBytes,
  })
  const { authenticate: verifyAccessToken } = createTokenCallers({
    verify: (token) => verifier.verify(token),
    check: monitor.check,
  })
  const cookies = createCookieAuthentication({ publicUrl, refreshSeconds: 3600, verifyAccessToken })

  return {
    authenticate: firstOf(
      cookies.authenticate,
      createBearerAuthenticator({ verifyAccessToken }),
      createApiKeyAuthenticator({ verifyApiKey: verifyAccessToken }),
    ),
    statements: log.statements,
    heldRevocations: () => monitor.status().revocations,
    forgetVerified: () => {
      verifier = newVerifier()
    },
    /** A token as sign-in makes it. */
    issue: (scopes: readonly string[]) =>
      sign({
        userId: randomUUID(),
        sessionId: randomUUID(),
        clientId: 'fieldgate',
        scopes,
        authTime: now(),
        asOf: revocations,
      }).token,
    stop: monitor.stop,
  }
}

export const scopesOf = (count: number) => Array.from({ length: count }, (_, at) => `things${at}:read`)

/** A request as a browser or a program sends it. */
export function requestWith(token: string): CredentialSource {
  const headers = {
    host: 'api.example.com',
    connection: 'keep-alive',
    'content-type': 'application/json',
    'content-length': '42',
    accept: 'application/json',
    'accept-encoding': 'gzip, deflate, br',
    'user-agent': 'bench/1.0',
    authorization: `Bearer ${token}`,
  }
  return { headers, rawHeaders: Object.entries(headers).flat() }
}
