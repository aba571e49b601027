import type { AuditService } from '../audit/audit-service.js'
import { revokeKeysOfUser } from '../api-keys/revoke-keys.js'
import { loginFailureEvent, sessionAuditEvent } from '../audit/session-events.js'
import type { Config } from '../config.js'
import type { ConnectedDomain, Foundation } from '../domain.js'
import { removeOldCounts } from '../login-limits/login-failure-rows.js'
import { createLoginLimiter } from '../login-limits/login-limiter.js'
import { createRefusalMemory } from '../login-limits/refusal-memory.js'
import { createAuthorizationCodeStore } from '../oauth/authorization-code-store.js'
import { requireAcceptablePassword } from '../passwords/password-rules.js'
import { administratorRole, newcomerRole } from '../roles/role.js'
import { createRoleChanges } from '../roles/role-changes.js'
import { createRoleResolvers } from '../roles/role-resolvers.js'
import { seedRoles } from '../roles/role-seeds.js'
import { createRoleService } from '../roles/role-service.js'
import { removeDeadSessions } from '../sessions/session-cleanup.js'
import { createSessionResolvers } from '../sessions/session-resolvers.js'
import { createSessionService } from '../sessions/session-service.js'
import { createFirstAdministrator, type FirstAdministrator } from '../users/first-administrator.js'
import { createCredentialRevocation } from '../users/credential-revocation.js'
import { createPasswordChange } from '../users/password-change.js'
import { removeOldRegistrationCounts } from '../users/registration-count-rows.js'
import { createRegistrationLimiter } from '../users/registration-limiter.js'
import { createPasswordReset } from '../users/password-reset.js'
import { createCredentialStore } from '../users/user-credentials.js'
import { createUserResolvers } from '../users/user-resolvers.js'
import { emailKey } from '../users/user.js'
import { createUserService } from '../users/user-service.js'
import type { Credentials } from './credentials.js'
import { createCleanup } from './cleanup.js'

/** The client that sessions which begin in GraphQL are bound to. */
export const graphqlClientId = 'fieldgate'

export type People = ReturnType<typeof connectPeople>

/** Users, what they may, and their sessions. */
export function connectPeople(
  foundation: Foundation,
  config: Config,
  { passwords, revocations, signAccessToken }: Credentials,
  audit: AuditService,
) {
  const { db, log, now, schedule, randomBytes, scopes: registry, expandScopes } = foundation

  const roles = createRoleService({
    db,
    registry,
    expandScopes,
    recordAudit: audit.record,
    revocationsAsOfSql: revocations.asOfSql,
    revocationsSettled: revocations.settled,
  })
  const roleChanges = createRoleChanges({
    db,
    registry,
    expandScopes,
    requireRoles: roles.requireRoles,
    recordAudit: audit.record,
    revocationsSettled: revocations.settled,
  })
  const credentials = createCredentialStore({ db })

  const loginLimiter = createLoginLimiter({
    now,
    limits: config.loginLimits,
    accountOf: emailKey,
    knownAddresses: (tx, userId) => audit.signInAddresses(tx, userId, graphqlClientId),
    recordAudit: (tx, event) => audit.record(tx, loginFailureEvent(event)),
  })

  const sessions = createSessionService({
    db,
    now,
    randomBytes,
    lifetime: config.sessions,
    findUserForLogin: credentials.findByEmail,
    lockUserForLogin: (tx, id) => createCredentialStore({ db: tx }).lockById(id),
    verifyPassword: passwords.verify,
    loginLimiter,
    replacePasswordHash: async (id, { password, outdatedHash }, asker) => {
      const passwordHash = await passwords.hash(password, asker)
      await db.transaction((tx) =>
        createCredentialStore({ db: tx }).replaceHash(id, outdatedHash, passwordHash),
      )
    },
    onRehashFailure: (error) =>
      log.warn({ err: error }, 'a password hash was not moved to the parameters of today'),
    rightsOfUser: roles.rightsOfUser,
    expandScopes,
    signAccessToken,
    recordAudit: (tx, event) => audit.record(tx, sessionAuditEvent(event)),
    revocationsSettled: revocations.settled,
  })

  const codes = createAuthorizationCodeStore({ db, now, randomBytes })

  /** The sessions of a user, and the codes that would begin more. */
  async function endWaysIn(
    ...[tx, userId, which]: Parameters<typeof sessions.endAllSessions>
  ): Promise<number> {
    await codes.forgetUnused(tx, userId)
    return sessions.endAllSessions(tx, userId, which)
  }

  const users = createUserService({
    db,
    now,
    newcomerRoles: [newcomerRole],
    registration: config.registration,
    registrationLimiter: createRegistrationLimiter({
      db,
      now,
      limit: config.registrationLimit,
      refusals: createRefusalMemory(),
    }),
    requireAcceptablePassword,
    hashPassword: passwords.hash,
    requireAssignable: roles.requireAssignable,
    requireReach: roles.requireReach,
    assignRoles: roles.assignRoles,
    keepingAnAdministrator: roles.keepingAnAdministrator,
    endSessions: (tx, userId, by) => endWaysIn(tx, userId, { ...by, except: null, reason: 'user_disabled' }),
    recordAudit: audit.record,
    revocationsSettled: revocations.settled,
  })
  const changePassword = createPasswordChange({
    db,
    now,
    requireAcceptablePassword,
    hashPassword: passwords.hash,
    verifyPassword: passwords.verify,
    loginLimiter,
    endOtherSessions: (tx, { userId, sessionId: except }, by) =>
      endWaysIn(tx, userId, { ...by, except, reason: 'password_changed' }),
    recordAudit: audit.record,
    revocationsSettled: revocations.settled,
  })
  const revokeUserCredentials = createCredentialRevocation({
    db,
    requireUser: users.requireUser,
    requireReach: roles.requireReach,
    endSessions: (tx, userId, by) => endWaysIn(tx, userId, { ...by, except: null, reason: 'revoked' }),
    revokeApiKeys: (tx, userId, by) => revokeKeysOfUser({ now, recordAudit: audit.record }, tx, userId, by),
    recordAudit: audit.record,
    revocationsSettled: revocations.settled,
  })
  const resetPassword = createPasswordReset({
    db,
    now,
    randomBytes,
    hashPassword: passwords.hash,
    endSessions: (tx, userId, by) =>
      endWaysIn(tx, userId, { ...by, except: null, reason: 'password_changed' }),
    recordAudit: audit.record,
    revocationsSettled: revocations.settled,
  })

  const cleanup = createCleanup({
    removals: [
      (limit) => removeDeadSessions({ db, now, keepSeconds: 86_400 }, limit),
      (limit) => removeOldCounts(db, now(), limit),
      (limit) => removeOldRegistrationCounts(db, now(), limit),
      codes.removeOld,
    ],
    schedule,
    everySeconds: 600,
    batchSize: 500,
    onFailure: (error) => log.error({ err: error }, 'the cleanup of what has expired failed'),
  })

  const domains: ConnectedDomain[] = [
    { resolvers: createUserResolvers({ users, changePassword, revokeUserCredentials }) },
    {
      resolvers: createRoleResolvers({ roles, roleChanges, registry, requireUser: users.requireUser }),
      start: () => seedRoles(db, registry),
    },
    { resolvers: createSessionResolvers({ sessions, clientId: graphqlClientId }), ...cleanup },
  ]
  return {
    domains,
    roles,
    sessions,
    codes,
    resetPassword,
    /** null where the database has users already. */
    createFirstAdministrator: (): Promise<FirstAdministrator | null> =>
      createFirstAdministrator(
        { db, randomBytes, seedUser: users.seedUser, administratorRoles: [administratorRole] },
        config.administrator,
      ),
  }
}
