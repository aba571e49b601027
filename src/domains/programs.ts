import type { AuditService } from '../audit/audit-service.js'
import { createApiKeyCallers } from '../api-keys/api-key-callers.js'
import { createApiKeyResolvers } from '../api-keys/api-key-resolvers.js'
import { createApiKeyService } from '../api-keys/api-key-service.js'
import { type ApiKeyUsage, createApiKeyUsage } from '../api-keys/api-key-usage.js'
import { createClientResolvers } from '../clients/client-resolvers.js'
import { createClientService } from '../clients/client-service.js'
import type { Config } from '../config.js'
import type { ConnectedDomain, Foundation } from '../domain.js'
import { createClientDirectory } from '../oauth/oauth-client.js'
import { createOAuthRoutes } from '../oauth/oauth-routes.js'
import { grantedScopes } from '../sessions/granted-scopes.js'
import { createCredentialStore } from '../users/user-credentials.js'
import { checkedName } from '../users/user.js'
import type { Credentials } from './credentials.js'
import { graphqlClientId, type People } from './people.js'
import { createRounds } from './rounds.js'

const builtInClient = {
  id: graphqlClientId,
  name: 'Fieldgate',
  kind: 'public',
  redirectUris: [],
  scopes: null,
} as const

/** Ways in for programs: API keys, service clients, OAuth. */
export function connectPrograms(
  foundation: Foundation,
  config: Config,
  { issuer, audience, monitor, revocations, signAccessToken, tokenCallers }: Credentials,
  audit: AuditService,
  { roles, sessions, codes }: People,
) {
  const { db, log, now, randomBytes, scopes: registry, expandScopes } = foundation

  const apiKeys = createApiKeyService({
    db,
    now,
    randomBytes,
    checkedName,
    expandScopes,
    requireLiveSession: sessions.requireLive,
    recordAudit: audit.record,
    revocationsSettled: revocations.settled,
  })
  const apiKeyUsage = createApiKeyUsage({ db })
  const apiKeyCallers = createApiKeyCallers({
    db,
    now,
    revocationsAsOf: revocations.asOf,
    check: monitor.check,
    rightsOfUser: roles.rightsOfUser,
    grantedScopes: (ceiling, given) => grantedScopes(ceiling, given, expandScopes),
    expandScopes,
    onUse: apiKeyUsage.note,
    cacheSize: 10_000,
    rememberSeconds: 60,
  })

  const clients = createClientService({
    db,
    requireLiveSession: sessions.requireLive,
    now,
    randomBytes,
    checkedName,
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
    audience,
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
    findAccessToken: tokenCallers.findToken,
    revocationsAsOf: () => revocations.asOf(db),
    grantedScopes: (asked, given) => grantedScopes(asked, given, expandScopes),
    signAccessToken,
    login: sessions.login,
    refresh: sessions.refresh,
    endSession: sessions.logout,
    endSessionOfToken: sessions.endSessionOfToken,
    discardSession: sessions.discardSession,
    passwordGrant: config.oauth.passwordGrant,
    recordAudit: audit.record,
  })

  const domains: ConnectedDomain[] = [
    { resolvers: createApiKeyResolvers({ apiKeys }), ...writeNowAndThen(apiKeyUsage, foundation) },
    { resolvers: createClientResolvers({ clients }) },
    { resolvers: {}, routes: oauthRoutes },
  ]
  return { domains, apiKeyCallers }
}

function writeNowAndThen(
  usage: ApiKeyUsage,
  { log, schedule }: Pick<Foundation, 'log' | 'schedule'>,
): Pick<ConnectedDomain, 'start' | 'stop'> {
  const onFailure = (error: unknown) =>
    log.error({ err: error }, 'the last uses of API keys could not be written')
  const rounds = createRounds({ everySeconds: 60, schedule, onFailure })
  return {
    start: async () => rounds.start(usage.write),
    stop: async () => {
      await rounds.stop()
      await usage.write().catch(onFailure)
    },
  }
}
