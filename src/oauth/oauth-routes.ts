import type { RouteOptions } from 'fastify'
import type { EndpointDependencies } from './endpoint.js'
import type { Grant } from './grant.js'
import {
  clientCredentialsGrant,
  type ClientCredentialsGrantDependencies,
} from './grants/client-credentials.js'
import { passwordGrant, type PasswordGrantDependencies } from './grants/password.js'
import { refreshTokenGrant, type RefreshTokenGrantDependencies } from './grants/refresh-token.js'
import { introspectionEndpoint, type IntrospectionDependencies } from './introspection-endpoint.js'
import { metadataEndpoint } from './metadata-endpoint.js'
import { revocationEndpoint, type RevocationDependencies } from './revocation-endpoint.js'
import { tokenEndpoint } from './token-endpoint.js'

export type OAuthDependencies = EndpointDependencies &
  RefreshTokenGrantDependencies &
  ClientCredentialsGrantDependencies &
  PasswordGrantDependencies &
  RevocationDependencies &
  IntrospectionDependencies & { passwordGrant: 'on' | 'off' }

/** OAuth 2.0 beside GraphQL, for clients that do not speak it: RFC 6749, 7009, 7662, 8414. */
export function createOAuthRoutes(deps: OAuthDependencies): RouteOptions[] {
  const grants = new Map<string, Grant>([
    ['refresh_token', refreshTokenGrant(deps)],
    ['client_credentials', clientCredentialsGrant(deps)],
  ])
  if (deps.passwordGrant === 'on') grants.set('password', passwordGrant(deps))
  return [
    tokenEndpoint(deps, grants),
    revocationEndpoint(deps),
    introspectionEndpoint(deps),
    metadataEndpoint(deps.issuer, [...grants.keys()]),
  ]
}
