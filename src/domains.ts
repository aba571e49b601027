import { readFileSync } from 'node:fs'
import { type DocumentNode, parse, Source } from 'graphql'
import { isApiKey } from './api-keys/api-key.js'
import { createApiKeyPolicies } from './api-keys/api-key-policies.js'
import { apiKeyTable } from './api-keys/api-key-table.js'
import { auditPolicies } from './audit/audit-policies.js'
import { createAuditMetrics } from './audit/audit-metrics.js'
import { createAuditService } from './audit/audit-service.js'
import { auditScopes } from './audit/audit-scopes.js'
import { auditChainTable, auditEventTable } from './audit/audit-table.js'
import type { Caller } from './authentication/caller.js'
import { clientScopes } from './clients/client-scopes.js'
import { clientTable } from './clients/client-table.js'
import type { Config } from './config.js'
import type { DomainContract, Foundation } from './domain.js'
import { loginFailureTable } from './login-limits/login-failure-table.js'
import { authorizationCodeTable } from './oauth/authorization-code-table.js'
import { roleScopes } from './roles/role-scopes.js'
import { replicaTable, revocationEventTable } from './revocations/revocation-table.js'
import { roleScopeTable, roleTable, scopeTable, userRoleTable } from './roles/role-table.js'
import { sessionTable } from './sessions/session-table.js'
import { signingKeyTable } from './tokens/signing-key-table.js'
import { connectAudit } from './domains/audit.js'
import { connectCredentials } from './domains/credentials.js'
import { connectPeople, graphqlClientId } from './domains/people.js'
import { connectPrograms } from './domains/programs.js'
import { registrationCountTable } from './users/registration-count-table.js'
import { userPolicies } from './users/user-policies.js'
import { userScopes } from './users/user-scopes.js'
import { userTable } from './users/user-table.js'

/** The list: what Fieldgate is made of. */
export const ownDomains: readonly DomainContract[] = [
  { name: 'scalars', typeDefs: readContract('scalars') },
  {
    name: 'users',
    typeDefs: readContract('users'),
    tables: [userTable, registrationCountTable],
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
  { name: 'login-limits', tables: [loginFailureTable] },
  {
    name: 'api-keys',
    typeDefs: readContract('api-keys'),
    tables: [apiKeyTable],
    policies: createApiKeyPolicies({ ownClientId: graphqlClientId }),
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

/** Builds the services of the list in an order in which each is given what it needs, and never itself. */
export async function connectOwnDomains(foundation: Foundation, config: Config) {
  const audit = createAuditService({ ...foundation, onRecord: createAuditMetrics(foundation.metrics) })
  const credentials = await connectCredentials(foundation, config, audit)
  const log = connectAudit(foundation, credentials, audit)
  const people = connectPeople(foundation, config, credentials, audit)
  const programs = connectPrograms(foundation, config, credentials, audit, people)
  const { keys, revocations, monitor, tokenCallers } = credentials
  const { apiKeyCallers } = programs

  return {
    domains: [...people.domains, ...programs.domains, ...log.domains, ...credentials.domains],
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
    jwks: keys.jwks,
    recordAudit: audit.record,
    verifyAudit: log.verifyAudit,
    createFirstAdministrator: people.createFirstAdministrator,
    resetPassword: people.resetPassword,
  }
}

function readContract(name: string): DocumentNode {
  const file = `schema/${name}.graphql`
  return parse(new Source(readFileSync(new URL(`../${file}`, import.meta.url), 'utf8'), file))
}
