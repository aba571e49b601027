import type { RouteOptions } from 'fastify'
import { authorizationEndpoint, type AuthorizationDependencies } from './authorization-endpoint.js'
import type { EndpointDependencies } from './endpoint.js'
import type { Grant } from './grant.js'
import {
  authorizationCodeGrant,
  type AuthorizationCodeGrantDependencies,
} from './grants/authorization-code.js'
import {
  clientCredentialsGrant,
  type ClientCredentialsGrantDependencies,
} from './grants/client-credentials.js'
import { passwordGrant, type PasswordGrantDependencies } from './grants/password.js'
import { refreshTokenGrant, type RefreshTokenGrantDependencies } from './grants/refresh-token.js'
import { introspectionEndpoint, type IntrospectionDependencies } from './introspection-endpoint.js'
import { metadataEndpoint } from './metadata-endpoint.js'
import { revocationEndpoint, type RevocationDependencies } from './revocation-endpoint.js'
import { tokenEndpoint, type TokenDependencies } from './token-endpoint.js'

export type OAuthDependencies = EndpointDependencies &
  AuthorizationDependencies &
  AuthorizationCodeGrantDependencies &
  RefreshTokenGrantDependencies &
  ClientCredentialsGrantDependencies &
  PasswordGrantDependencies &
  RevocationDependencies &
  TokenDependencies &
  IntrospectionDependencies & { passwordGrant: 'on' | 'off' }

/** OAuth 2.0 beside GraphQL, for clients that do not speak it: RFC 6749, 7009, 7636, 7662, 8414, 9207. */
export function createOAuthRoutes(deps: OAuthDependencies): RouteOptions[] {
  const grants = new Map<string, Grant>([
    ['authorization_code', authorizationCodeGrant(deps)],
    ['refresh_token', refreshTokenGrant(deps)],
    ['client_credentials', clientCredentialsGrant(deps)],
  ])
  if (deps.passwordGrant === 'on') grants.set('password', passwordGrant(deps))
  return [
    ...authorizationEndpoint(deps),
    tokenEndpoint(deps, grants),
    revocationEndpoint(deps),
    introspectionEndpoint(deps),
    metadataEndpoint(deps.issuer, [...grants.keys()]),
  ]
}
