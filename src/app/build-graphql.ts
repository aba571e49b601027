import { createApiKeyAuthenticator } from '../authentication/api-key.js'
import { createBearerAuthenticator } from '../authentication/bearer.js'
import { createCookieAuthentication } from '../authentication/cookie.js'
import { firstOf } from '../authentication/first-of.js'
import type { Config } from '../config.js'
import { resolversOf } from '../domains/resolvers.js'
import { rulesOf } from '../domains/rules.js'
import { createCompiledExecute } from '../execution/compiled-execute.js'
import { createServerAuthorization, createSubscribe } from '../graphql/authorization.js'
import { createContextFunction } from '../graphql/context.js'
import { createDecisionMetrics } from '../graphql/decision-metrics.js'
import { apolloPlugin } from '../graphql/plugins/authorization.js'
import { createSchema } from '../graphql/schema.js'
import { createGraphqlServer } from '../graphql/server.js'
import type { Metrics } from '../http/metrics.js'
import type { OpenedDomains } from './open-domains.js'
import type { Started } from './started.js'

export type BuiltGraphql = Awaited<ReturnType<typeof buildGraphql>>

/** From the domains to answers: the rules, the schema under them, who is calling, and what runs operations. */
export async function buildGraphql(
  config: Config,
  opened: OpenedDomains,
  metrics: Metrics,
  started: Started,
) {
  const { log, contracts, domains } = opened
  const authorization = buildAuthorization(config, opened, metrics)
  const schema = createSchema({
    typeDefs: contracts.flatMap(({ typeDefs }) => typeDefs ?? []),
    resolvers: resolversOf(domains),
    authorization,
  })
  for (const { coordinate, message } of authorization.warnings()) log.warn({ coordinate }, message)

  const contextOf = buildContextFunction(config, opened)
  const server = await createGraphqlServer({
    schema,
    contextOf,
    authorizationPlugin: apolloPlugin(authorization),
    ...(config.graphql.executor === 'compiled' && {
      execute: createCompiledExecute(schema, { gates: authorization.gates }),
    }),
    subscribe: createSubscribe(authorization),
    log,
    metrics: metrics.registry,
    introspection: config.authorization.introspection,
    landingPage: config.environment === 'production' ? 'none' : 'sandbox',
    maxTokens: config.graphql.maxTokens,
    passwordFields: contracts.flatMap(({ passwordFields = [] }) => passwordFields),
  })
  started.push(server.stop)
  return { authorization, schema, contextOf, server }
}

function buildAuthorization(config: Config, opened: OpenedDomains, metrics: Metrics) {
  const { log, contracts, scopes, domains, followRules } = opened
  const authorization = createServerAuthorization({
    ...config.authorization,
    scopes,
    policies: rulesOf([...contracts, ...domains]).policies,
    log,
    ...(config.metrics.decisions === 'counted' && { onDecision: createDecisionMetrics(metrics.registry) }),
  })
  followRules(authorization)
  return authorization
}

function buildContextFunction(config: Config, { log, own }: OpenedDomains) {
  const cookies = createCookieAuthentication({
    publicUrl: config.http.publicUrl,
    refreshSeconds: config.sessions.idleSeconds,
    verifyAccessToken: own.verifyAccessToken,
  })
  const authenticate = firstOf(
    cookies.authenticate,
    createBearerAuthenticator({ verifyAccessToken: own.verifyBearerToken }),
    createApiKeyAuthenticator({ verifyApiKey: own.verifyApiKey }),
  )
  return createContextFunction({ authenticate, cookiesOf: cookies.cookiesOf, log })
}
