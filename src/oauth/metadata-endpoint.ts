import type { RouteOptions } from 'fastify'

const clientMethods = ['client_secret_basic', 'client_secret_post']

/** RFC 8414: what clients need to know of this server. Scopes are not listed: that is for the schema to show, or to hide. */
export function metadataEndpoint(issuer: string, grantTypes: readonly string[]): RouteOptions {
  const base = issuer.replace(/\/$/, '')
  const metadata = {
    issuer,
    authorization_endpoint: `${base}/oauth/authorize`,
    token_endpoint: `${base}/oauth/token`,
    revocation_endpoint: `${base}/oauth/revoke`,
    introspection_endpoint: `${base}/oauth/introspect`,
    jwks_uri: `${base}/.well-known/jwks.json`,
    grant_types_supported: grantTypes,
    response_types_supported: ['code'],
    response_modes_supported: ['query'], // left out, it would mean fragments too
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true, // RFC 9207 3
    token_endpoint_auth_methods_supported: [...clientMethods, 'none'],
    revocation_endpoint_auth_methods_supported: [...clientMethods, 'none'],
    introspection_endpoint_auth_methods_supported: clientMethods,
  }
  return {
    method: 'GET',
    url: '/.well-known/oauth-authorization-server',
    config: { origins: 'any' },
    handler: (_request, reply) => reply.header('cache-control', 'public, max-age=3600').send(metadata),
  }
}
