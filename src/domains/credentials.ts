import type { AuditService } from '../audit/audit-service.js'
import { keyCompromisedEvent } from '../audit/key-events.js'
import type { Config } from '../config.js'
import type { ConnectedDomain, Foundation } from '../domain.js'
import { createPasswordHasher } from '../passwords/password-hasher.js'
import { connectReplica } from '../revocations/replica-connection.js'
import { defaultTiming } from '../revocations/revocation.js'
import { createRevocationMetrics } from '../revocations/revocation-metrics.js'
import { createRevocationMonitor, type RevocationMonitor } from '../revocations/revocation-monitor.js'
import { createRevocationService, queryOn } from '../revocations/revocation-service.js'
import { createAccessTokenSigner } from '../tokens/access-token-signer.js'
import { createAccessTokenVerifier } from '../tokens/access-token-verifier.js'
import { keepMasterKey } from '../tokens/kept-master-key.js'
import { createMasterKey, type MasterKey } from '../tokens/master-key.js'
import { createSigningKeyService, type SigningKeyService } from '../tokens/signing-key-service.js'
import { createTokenCallers } from '../tokens/token-callers.js'
import { createRounds } from './rounds.js'

export type Credentials = Awaited<ReturnType<typeof connectCredentials>>

/** What proves who somebody is, and what takes that back: passwords, keys, access tokens, revocations. */
export async function connectCredentials(foundation: Foundation, config: Config, audit: AuditService) {
  const { log, now, randomBytes } = foundation
  const passwords = createPasswordHasher({
    randomBytes,
    onUnusableHash: (reason) => log.warn({ reason }, 'a stored password hash cannot be used'),
  })
  const masterKey = createMasterKey({
    current: config.masterKeys.current ?? (await keepMasterKey(config.database.dataDir, randomBytes)),
    previous: config.masterKeys.previous === null ? [] : [config.masterKeys.previous],
    randomBytes,
  })
  const keys = connectSigningKeys(foundation, config, masterKey, audit)
  const { revocations, monitor } = connectRevocations(foundation, config)
  createRevocationMetrics(foundation.metrics, monitor)

  const { accessTokenSeconds } = config.tokens
  const issuer = config.http.publicUrl
  const audience = config.tokens.audience ?? issuer
  const signing = { issuer, audience, accessTokenSeconds, keys, now, randomBytes }
  const verifier = createAccessTokenVerifier({ issuer, audience, keys, now })
  const domains: ConnectedDomain[] = [
    { resolvers: {}, ...keepSigningKeys(foundation, keys, monitor) },
    { resolvers: {}, start: monitor.start, stop: monitor.stop },
  ]
  return {
    domains,
    passwords,
    masterKey,
    keys,
    revocations,
    monitor,
    issuer,
    audience,
    signAccessToken: createAccessTokenSigner(signing),
    tokenCallers: createTokenCallers({ verify: verifier.verify, check: monitor.check }),
  }
}

function connectSigningKeys(
  { db, log, now }: Foundation,
  { tokens }: Config,
  masterKey: MasterKey,
  audit: AuditService,
) {
  return createSigningKeyService({
    db,
    masterKey,
    algorithm: tokens.algorithm,
    accessTokenSeconds: tokens.accessTokenSeconds,
    now,
    onUnreadableKey: (error) => log.error({ err: error }, 'a signing key cannot be opened'),
    onKeyCompromised: (tx, keyId) => audit.record(tx, keyCompromisedEvent(keyId)),
  })
}

function connectRevocations({ db, listenUrl: url, log }: Foundation, { tokens }: Config) {
  // Longer than any access token lives, with room for clocks that differ.
  const retentionSeconds = Math.max(defaultTiming.retentionSeconds, tokens.accessTokenSeconds + 600)
  const timing = { ...defaultTiming, retentionSeconds }
  const { leaseMs, deadlineMs } = timing
  const monotonicNow = () => performance.now()
  return {
    revocations: createRevocationService({ db, leaseMs, monotonicNow, log }),
    monitor: createRevocationMonitor({
      connect: (onWake) => connectReplica({ url, deadlineMs, onWake }),
      query: queryOn(db),
      timing,
      monotonicNow,
      log,
    }),
  }
}

function keepSigningKeys(
  { log, schedule }: Foundation,
  keys: SigningKeyService,
  monitor: RevocationMonitor,
): Pick<ConnectedDomain, 'start' | 'stop'> {
  let stopListening = () => {}
  const onFailure = (error: unknown) => log.error({ err: error }, 'the upkeep of the signing keys failed')
  // Far more often than the publication lead: between two rounds a replica does not learn of new keys.
  const upkeep = createRounds({ everySeconds: 60, schedule, onFailure })
  const anyToken = { userId: null, sessionId: null, clientId: '', asOf: Number.MAX_SAFE_INTEGER }
  const isRevoked = (keyId: string) => monitor.check({ ...anyToken, keyId }) === 'revoked'
  return {
    start: async () => {
      await keys.start()
      upkeep.start(keys.maintain)
      // Until it knows the successor, a replica would go on signing what everybody refuses.
      stopListening = monitor.onChange(() => void keys.reloadIfAny(isRevoked).catch(onFailure))
    },
    stop: () => {
      stopListening()
      return upkeep.stop()
    },
  }
}
