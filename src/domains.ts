import { readFileSync } from 'node:fs'
import { type DocumentNode, parse, Source } from 'graphql'
import type { Logger } from 'pino'
import { isApiKey } from './api-keys/api-key.js'
import { createApiKeyCallers } from './api-keys/api-key-callers.js'
import { apiKeyPolicies } from './api-keys/api-key-policies.js'
import { createApiKeyResolvers } from './api-keys/api-key-resolvers.js'
import { createApiKeyService } from './api-keys/api-key-service.js'
import { apiKeyTable } from './api-keys/api-key-table.js'
import { createApiKeyUsage } from './api-keys/api-key-usage.js'
import { createAuditFeed } from './audit/audit-feed.js'
import { auditPolicies } from './audit/audit-policies.js'
import { createAuditResolvers } from './audit/audit-resolvers.js'
import { auditScopes } from './audit/audit-scopes.js'
import { createAuditService } from './audit/audit-service.js'
import { auditChainTable, auditEventTable } from './audit/audit-table.js'
import { createAuditUpkeep } from './audit/audit-upkeep.js'
import { type VerificationOptions, verifyAuditChain } from './audit/verify-chain.js'
import { sessionAuditEvent } from './audit/session-events.js'
import type { Caller } from './authentication/caller.js'
import { createClientResolvers } from './clients/client-resolvers.js'
import { clientScopes } from './clients/client-scopes.js'
import { createClientService } from './clients/client-service.js'
import { clientTable } from './clients/client-table.js'
import type { Config } from './config.js'
import type { ConnectedDomain, DomainContract, Platform } from './domain.js'
import { createAuthorizationCodeStore } from './oauth/authorization-code-store.js'
import { authorizationCodeTable } from './oauth/authorization-code-table.js'
import { createClientDirectory } from './oauth/oauth-client.js'
import { createOAuthRoutes } from './oauth/oauth-routes.js'
import { createPasswordHasher } from './passwords/password-hasher.js'
import { requireAcceptablePassword } from './passwords/password-rules.js'
import { defaultTiming } from './revocations/revocation.js'
import { connectReplica } from './revocations/replica-connection.js'
import { createRevocationMonitor, type RevocationMonitor } from './revocations/revocation-monitor.js'
import { createRevocationService, queryOn } from './revocations/revocation-service.js'
import { administratorRole, newcomerRole } from './roles/role.js'
import { createRoleResolvers } from './roles/role-resolvers.js'
import { roleScopes } from './roles/role-scopes.js'
import { seedRoles } from './roles/role-seeds.js'
import { createRoleService } from './roles/role-service.js'
import { replicaTable, revocationEventTable } from './revocations/revocation-table.js'
import { roleScopeTable, roleTable, scopeTable, userRoleTable } from './roles/role-table.js'
import { grantedScopes } from './sessions/granted-scopes.js'
import { createSessionCleanup } from './sessions/session-cleanup.js'
import { createSessionResolvers } from './sessions/session-resolvers.js'
import { createSessionService } from './sessions/session-service.js'
import { sessionTable } from './sessions/session-table.js'
import { createAccessTokenSigner } from './tokens/access-token-signer.js'
import { createAccessTokenVerifier } from './tokens/access-token-verifier.js'
import { keepMasterKey } from './tokens/kept-master-key.js'
import { createMasterKey } from './tokens/master-key.js'
import { createSigningKeyService } from './tokens/signing-key-service.js'
import { startSigningKeyUpkeep } from './tokens/signing-key-upkeep.js'
import { signingKeyTable } from './tokens/signing-key-table.js'
import { createTokenCallers } from './tokens/token-callers.js'
import { createFirstAdministrator, type FirstAdministrator } from './users/first-administrator.js'
import { createPasswordChange } from './users/password-change.js'
import { createCredentialStore } from './users/user-credentials.js'
import { userPolicies } from './users/user-policies.js'
import { createUserResolvers } from './users/user-resolvers.js'
import { userScopes } from './users/user-scopes.js'
import { createUserService } from './users/user-service.js'
import { userTable } from './users/user-table.js'

/** The list: what Fieldgate is made of. */
export const ownDomains: readonly DomainContract[] = [
  { name: 'scalars', typeDefs: readContract('scalars') },
  {
    name: 'users',
    typeDefs: readContract('users'),
    tables: [userTable],
    scopes: userScopes,
    policies: userPolicies,
    passwordFields: ['Mutation.register', 'Mutation.createUser', 'Mutation.changePassword'],
  },
  {
    name: 'roles',
    typeDefs: readContract('roles'),
    tables: [roleTable, scopeTable, roleScopeTable, userRoleTable],
    scopes: roleScopes,
  },
  {
    name: 'sessions',
    typeDefs: readContract('sessions'),
    tables: [sessionTable],
    passwordFields: ['Mutation.login'],
  },
  {
    name: 'api-keys',
    typeDefs: readContract('api-keys'),
    tables: [apiKeyTable],
    policies: apiKeyPolicies,
  },
  { name: 'clients', typeDefs: readContract('clients'), tables: [clientTable], scopes: clientScopes },
  { name: 'oauth', tables: [authorizationCodeTable] },
  {
    name: 'audit',
    typeDefs: readContract('audit'),
    tables: [auditEventTable, auditChainTable],
    scopes: auditScopes,
    policies: auditPolicies,
  },
  { name: 'tokens', tables: [signingKeyTable] },
  { name: 'revocations', tables: [revocationEventTable, replicaTable] },
]

/** The scopes of several domains in one registry. */
export function scopesOf(domains: readonly DomainContract[]): DomainContract['scopes'] & object {
  return Object.assign({}, ...domains.map(({ scopes }) => scopes))
}

/** The client that sessions which begin in GraphQL are bound to. */
const graphqlClientId = 'fieldgate'
const builtInClient = {
  id: graphqlClientId,
  name: 'Fieldgate',
  kind: 'public',
  redirectUris: [],
  scopes: null,
} as const

/** Builds the services of the list in an order in which each is given what it needs, and never itself. */
export async function connectOwnDomains(platform: Platform, config: Config) {
  const { db, log, now, randomBytes, scopes: registry, expandScopes, rowsOf } = platform

  const passwords = createPasswordHasher({
    randomBytes,
    onUnusableHash: (reason) => log.warn({ reason }, 'a stored password hash cannot be used'),
  })

  const masterKey = createMasterKey({
    current: config.masterKeys.current ?? (await keepMasterKey(config.database.dataDir, randomBytes)),
    previous: config.masterKeys.previous === null ? [] : [config.masterKeys.previous],
    randomBytes,
  })
  const { algorithm, accessTokenSeconds } = config.tokens
  const issuer = config.http.publicUrl
  const audience = config.tokens.audience ?? issuer
  const keys = createSigningKeyService({
    db,
    masterKey,
    algorithm,
    accessTokenSeconds,
    now,
    onUnreadableKey: (error) => log.error({ err: error }, 'a signing key cannot be opened'),
  })
  const signAccessToken = createAccessTokenSigner({
    issuer,
    audience,
    accessTokenSeconds,
    keys,
    now,
    randomBytes,
  })
  const verifier = createAccessTokenVerifier({ issuer, audience, keys, now })

  const monotonicNow = () => performance.now()
  // Longer than any access token lives, with room for clocks that differ.
  const retentionSeconds = Math.max(defaultTiming.retentionSeconds, accessTokenSeconds + 600)
  const timing = { ...defaultTiming, retentionSeconds }
  const revocations = createRevocationService({ db, leaseMs: timing.leaseMs, monotonicNow, log })
  const monitor = createRevocationMonitor({
    connect: (onWake) => connectReplica({ url: platform.listenUrl, deadlineMs: timing.deadlineMs, onWake }),
    query: queryOn(db),
    timing,
    monotonicNow,
    log,
  })
  const tokenCallers = createTokenCallers({ verify: verifier.verify, check: monitor.check })

  const audit = createAuditService({ db, now })
  const feed = createAuditFeed({ db, capacity: 1000 })
  const auditUpkeep = createAuditUpkeep({
    db,
    feed,
    masterKey,
    randomBytes,
    everySeconds: 0.25,
    schedule,
    onFailure: (error) => log.error({ err: error }, 'the upkeep of the audit log failed'),
  })

  const roles = createRoleService({
    db,
    registry,
    expandScopes,
    recordAudit: audit.record,
    revocationsSettled: revocations.settled,
  })
  const credentials = createCredentialStore({ db })

  const sessions = createSessionService({
    db,
    now,
    randomBytes,
    lifetime: config.sessions,
    findUserForLogin: credentials.findByEmail,
    lockUserForLogin: (tx, id) => createCredentialStore({ db: tx }).lockById(id),
    verifyPassword: passwords.verify,
    replacePasswordHash: async (id, password, outdatedHash) => {
      const passwordHash = await passwords.hash(password)
      await db.transaction((tx) =>
        createCredentialStore({ db: tx }).replaceHash(id, outdatedHash, passwordHash),
      )
    },
    effectiveScopes: roles.scopesOfUser,
    expandScopes,
    signAccessToken,
    recordAudit: (tx, event) => audit.record(tx, sessionAuditEvent(event, null)),
    revocationsAsOf: revocations.asOf,
    revocationsSettled: revocations.settled,
  })

  const codes = createAuthorizationCodeStore({ db, now, randomBytes })

  const users = createUserService({
    db,
    now,
    newcomerRoles: [newcomerRole],
    requireAcceptablePassword,
    hashPassword: passwords.hash,
    requireAssignable: roles.requireAssignable,
    requireReach: roles.requireReach,
    assignRoles: roles.assignRoles,
    keepingAnAdministrator: roles.keepingAnAdministrator,
    endSessions: async (tx, userId, { address }) => {
      await codes.forgetUnused(tx, userId)
      await sessions.endAllSessions(tx, userId, { except: null, reason: 'user_disabled', address })
    },
    recordAudit: audit.record,
    revocationsSettled: revocations.settled,
  })
  const changePassword = createPasswordChange({
    db,
    now,
    requireAcceptablePassword,
    hashPassword: passwords.hash,
    verifyPassword: passwords.verify,
    endOtherSessions: async (tx, { userId, sessionId }, { address }) => {
      await codes.forgetUnused(tx, userId)
      await sessions.endAllSessions(tx, userId, { except: sessionId, reason: 'password_changed', address })
    },
    recordAudit: audit.record,
    revocationsSettled: revocations.settled,
  })

  const apiKeys = createApiKeyService({
    db,
    now,
    randomBytes,
    expandScopes,
    recordAudit: audit.record,
    revocationsSettled: revocations.settled,
  })
  const apiKeyUsage = createApiKeyUsage({
    db,
    everySeconds: 60,
    schedule,
    onFailure: (error) => log.error({ err: error }, 'the last uses of API keys could not be written'),
  })
  const apiKeyCallers = createApiKeyCallers({
    db,
    now,
    revocationsAsOf: revocations.asOf,
    check: monitor.check,
    effectiveScopes: roles.scopesOfUser,
    grantedScopes: (ceiling, given) => grantedScopes(ceiling, given, expandScopes),
    onUse: apiKeyUsage.note,
    cacheSize: 10_000,
    rememberSeconds: 60,
  })

  const clients = createClientService({
    db,
    now,
    randomBytes,
    expandScopes,
    recordAudit: audit.record,
    revocationsSettled: revocations.settled,
  })

  const oauthRoutes = createOAuthRoutes({
    ...createClientDirectory({
      builtIn: builtInClient,
      findStored: clients.findClient,
      isAuthentic: clients.isAuthentic,
    }),
    issuer,
    db,
    log,
    now,
    randomBytes,
    codes,
    describeScope: (name) => registry[name]?.description ?? name,
    proveUser: sessions.proveUser,
    lockUser: (tx, id) => createCredentialStore({ db: tx }).lockById(id),
    issueSession: sessions.issueSession,
    endReplayedSession: sessions.endReplayedSession,
    verifyAccessToken: tokenCallers.authenticate,
    revocationsAsOf: () => revocations.asOf(db),
    grantedScopes: (asked, given) => grantedScopes(asked, given, expandScopes),
    signAccessToken,
    login: sessions.login,
    refresh: sessions.refresh,
    endSession: sessions.logout,
    endSessionOfToken: sessions.endSessionOfToken,
    passwordGrant: config.oauth.passwordGrant,
  })

  const sessionCleanup = createSessionCleanup({
    db,
    now,
    schedule,
    keepSeconds: 86_400,
    everySeconds: 600,
    batchSize: 500,
    onFailure: (error) => log.error({ err: error }, 'the cleanup of sessions failed'),
  })

  const domains: ConnectedDomain[] = [
    { resolvers: createUserResolvers({ users, changePassword }) },
    {
      resolvers: createRoleResolvers({ roles, registry, requireUser: users.requireUser }),
      start: () => seedRoles(db, registry),
    },
    { resolvers: createSessionResolvers({ sessions, clientId: graphqlClientId }), ...sessionCleanup },
    { resolvers: createApiKeyResolvers({ apiKeys }), start: apiKeyUsage.start, stop: apiKeyUsage.stop },
    { resolvers: createClientResolvers({ clients }) },
    { resolvers: {}, routes: oauthRoutes },
    {
      resolvers: createAuditResolvers({ audit, feed, rowsOf }),
      start: auditUpkeep.start,
      stop: auditUpkeep.stop,
    },
    { resolvers: {}, ...keepSigningKeys(keys, monitor, log) },
    { resolvers: {}, start: monitor.start, stop: monitor.stop },
  ]

  return {
    domains,
    keys,
    revocations,
    verifyAccessToken: tokenCallers.authenticate,
    /** Access tokens and API keys alike. */
    verifyBearerToken: (token: string) =>
      isApiKey(token) ? apiKeyCallers.authenticate(token) : tokenCallers.authenticate(token),
    verifyApiKey: apiKeyCallers.authenticate,
    /** Whether a caller from before still counts; for what stays open. */
    standingOf: (caller: Caller) => tokenCallers.standingOf(caller) ?? apiKeyCallers.standingOf(caller),
    onRightsChanged: monitor.onChange,
    /** What keeps this replica from deciding without the database. */
    blindParts: () => (monitor.status().vision === 'live' ? [] : ['revocations']),
    verifyAudit: (how: AuditVerificationOptions) => verifyAuditChain({ ...how, db, masterKey }),
    jwks: keys.jwks,
    /** null where the database has users already. */
    createFirstAdministrator: (): Promise<FirstAdministrator | null> =>
      createFirstAdministrator(
        { db, randomBytes, seedUser: users.seedUser, administratorRoles: [administratorRole] },
        config.administrator,
      ),
  }
}

type AuditVerificationOptions = Omit<VerificationOptions, 'db' | 'masterKey'>
type SigningKeys = ReturnType<typeof createSigningKeyService>

function keepSigningKeys(
  keys: SigningKeys,
  monitor: RevocationMonitor,
  log: Logger,
): Pick<ConnectedDomain, 'start' | 'stop'> {
  let stopUpkeep = async () => {}
  let stopListening = () => {}
  const onError = (error: unknown) => log.error({ err: error }, 'the upkeep of the signing keys failed')
  const anyToken = { userId: null, sessionId: null, clientId: '', asOf: Number.MAX_SAFE_INTEGER }
  const isRevoked = (keyId: string) => monitor.check({ ...anyToken, keyId }) === 'revoked'
  return {
    start: async () => {
      await keys.start()
      stopUpkeep = startSigningKeyUpkeep({ keys, onError })
      // Until it knows the successor, a replica would go on signing what everybody refuses.
      stopListening = monitor.onChange(() => void keys.reloadIfAny(isRevoked).catch(onError))
    },
    stop: () => {
      stopListening()
      return stopUpkeep()
    },
  }
}

function schedule(work: () => void, afterSeconds: number): () => void {
  const timer = setTimeout(work, afterSeconds * 1000).unref()
  return () => clearTimeout(timer)
}

function readContract(name: string): DocumentNode {
  const file = `schema/${name}.graphql`
  return parse(new Source(readFileSync(new URL(`../${file}`, import.meta.url), 'utf8'), file))
}
