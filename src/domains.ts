import { readFileSync } from 'node:fs'
import { type DocumentNode, parse, Source } from 'graphql'
import type { Logger } from 'pino'
import { createAuditFeed } from './audit/audit-feed.js'
import { createAuditResolvers } from './audit/audit-resolvers.js'
import { auditScopes } from './audit/audit-scopes.js'
import { createAuditService } from './audit/audit-service.js'
import { auditChainTable, auditEventTable } from './audit/audit-table.js'
import { createAuditUpkeep } from './audit/audit-upkeep.js'
import { type VerificationOptions, verifyAuditChain } from './audit/verify-chain.js'
import { sessionAuditEvent } from './audit/session-events.js'
import type { Config } from './config.js'
import type { ConnectedDomain, DomainContract, Platform } from './domain.js'
import { createPasswordHasher } from './passwords/password-hasher.js'
import { requireAcceptablePassword } from './passwords/password-rules.js'
import { defaultTiming } from './revocations/revocation.js'
import { createRevocationService } from './revocations/revocation-service.js'
import { administratorRole, newcomerRole } from './roles/role.js'
import { createRoleResolvers } from './roles/role-resolvers.js'
import { roleScopes } from './roles/role-scopes.js'
import { seedRoles } from './roles/role-seeds.js'
import { createRoleService } from './roles/role-service.js'
import { roleScopeTable, roleTable, scopeTable, userRoleTable } from './roles/role-table.js'
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
    name: 'audit',
    typeDefs: readContract('audit'),
    tables: [auditEventTable, auditChainTable],
    scopes: auditScopes,
  },
  { name: 'tokens', tables: [signingKeyTable] },
]

/** The scopes of several domains in one registry. */
export function scopesOf(domains: readonly DomainContract[]): DomainContract['scopes'] & object {
  return Object.assign({}, ...domains.map(({ scopes }) => scopes))
}

/** The client that sessions which begin in GraphQL are bound to. */
const graphqlClientId = 'fieldgate'

/** Builds the services of the list in an order in which each is given what it needs, and never itself. */
export async function connectOwnDomains(platform: Platform, config: Config) {
  const { db, log, now, randomBytes, scopes: registry, expandScopes } = platform

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
  const keys = createSigningKeyService({ db, masterKey, algorithm, accessTokenSeconds, now })
  const signAccessToken = createAccessTokenSigner({
    issuer,
    audience,
    accessTokenSeconds,
    keys,
    now,
    randomBytes,
  })
  const verifier = createAccessTokenVerifier({ issuer, audience, keys, now })

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
    revocationsSettled: async () => {},
  })
  const credentials = createCredentialStore({ db })

  const { leaseMs } = defaultTiming
  const monotonicNow = () => performance.now()
  const revocations = createRevocationService({ db, leaseMs, monotonicNow, log })
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

  const users = createUserService({
    db,
    now,
    newcomerRoles: [newcomerRole],
    requireAcceptablePassword,
    hashPassword: passwords.hash,
    requireAssignable: roles.requireAssignable,
    assignRoles: roles.assignRoles,
    keepingAnAdministrator: roles.keepingAnAdministrator,
    endSessions: async (tx, userId, { address }) => {
      await sessions.endAllSessions(tx, userId, { except: null, reason: 'user_disabled', address })
    },
    recordAudit: audit.record,
    revocationsSettled: async () => {},
  })
  const changePassword = createPasswordChange({
    db,
    now,
    requireAcceptablePassword,
    hashPassword: passwords.hash,
    verifyPassword: passwords.verify,
    endOtherSessions: async (tx, { userId, sessionId }, { address }) => {
      await sessions.endAllSessions(tx, userId, { except: sessionId, reason: 'password_changed', address })
    },
    recordAudit: audit.record,
    revocationsSettled: async () => {},
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
    { resolvers: createAuditResolvers({ audit, feed }), start: auditUpkeep.start, stop: auditUpkeep.stop },
    { resolvers: {}, ...keepSigningKeys(keys, log) },
  ]

  return {
    domains,
    keys,
    verifyAccessToken: createTokenCallers(verifier),
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

function keepSigningKeys(keys: SigningKeys, log: Logger): Pick<ConnectedDomain, 'start' | 'stop'> {
  let stopUpkeep = async () => {}
  return {
    start: async () => {
      await keys.start()
      stopUpkeep = startSigningKeyUpkeep({
        keys,
        onError: (error) => log.error({ err: error }, 'the upkeep of the signing keys failed'),
      })
    },
    stop: () => stopUpkeep(),
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
