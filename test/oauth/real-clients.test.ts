import { createRemoteJWKSet, jwtVerify } from 'jose'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createOAuthWorld, type OAuthWorld } from './oauth-world.js'

let world: OAuthWorld
let made: { id: string; secret: string }
beforeAll(async () => {
  world = await createOAuthWorld()
  made = await world.makeClient()
})
afterAll(() => world.app.stop())

const signedIn = async () => world.app.signIn(await world.app.createUser({ roles: ['member'] }))

describe('oauth4webapi', () => {
  const insecure = { [oauth.allowInsecureRequests]: true }
  const authentications = { basic: oauth.ClientSecretBasic, post: oauth.ClientSecretPost }

  async function discover(): Promise<oauth.AuthorizationServer> {
    const issuer = new URL(world.issuer)
    const answer = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure })
    return oauth.processDiscoveryResponse(issuer, answer)
  }

  test.each(Object.entries(authentications))(
    'gets a token for itself (%s), and asks what it is',
    async (_name, by) => {
      const server = await discover()
      const client = { client_id: made.id }
      const auth = by(made.secret)
      const asked = await oauth.clientCredentialsGrantRequest(
        server,
        client,
        auth,
        { scope: 'users:read' },
        insecure,
      )
      const tokens = await oauth.processClientCredentialsResponse(server, client, asked)
      expect(tokens).toMatchObject({ token_type: 'bearer', scope: 'users:read' })

      const looked = await oauth.introspectionRequest(server, client, auth, tokens.access_token, insecure)
      expect(await oauth.processIntrospectionResponse(server, client, looked)).toMatchObject({
        active: true,
        client_id: made.id,
        sub: made.id,
      })
    },
  )

  test('refreshes and revokes a session of the built-in client', async () => {
    const server = await discover()
    const client = { client_id: 'fieldgate' }
    const { refreshToken } = await signedIn()
    const asked = await oauth.refreshTokenGrantRequest(server, client, oauth.None(), refreshToken, insecure)
    const tokens = await oauth.processRefreshTokenResponse(server, client, asked)
    expect(tokens.refresh_token).not.toBe(refreshToken)

    const ended = await oauth.revocationRequest(
      server,
      client,
      oauth.None(),
      tokens.refresh_token ?? '',
      insecure,
    )
    await oauth.processRevocationResponse(ended)
    const again = await oauth.refreshTokenGrantRequest(
      server,
      client,
      oauth.None(),
      tokens.refresh_token ?? '',
      insecure,
    )
    await expect(oauth.processRefreshTokenResponse(server, client, again)).rejects.toMatchObject({
      error: 'invalid_grant',
      status: 400,
    })
  })

  test('recognises a refusal by its challenge', async () => {
    const server = await discover()
    const client = { client_id: made.id }
    const answer = await oauth.clientCredentialsGrantRequest(
      server,
      client,
      oauth.ClientSecretBasic('wrong'),
      {},
      insecure,
    )
    await expect(oauth.processClientCredentialsResponse(server, client, answer)).rejects.toThrow()
  })

  test('a resource server accepts the access token by RFC 9068', async () => {
    const server = await discover()
    const client = { client_id: made.id }
    const asked = await oauth.clientCredentialsGrantRequest(
      server,
      client,
      oauth.ClientSecretPost(made.secret),
      {},
      insecure,
    )
    const { access_token: token } = await oauth.processClientCredentialsResponse(server, client, asked)
    const keys = createRemoteJWKSet(new URL(server.jwks_uri ?? ''))
    const { payload } = await jwtVerify(token, keys, {
      issuer: world.issuer,
      audience: world.issuer,
      typ: 'at+jwt',
      requiredClaims: ['sub', 'client_id', 'iat', 'exp', 'jti'],
    })
    expect(payload).toMatchObject({ sub: made.id, client_id: made.id, scope: 'users:read' })
    expect(payload).not.toHaveProperty('sid')
  })
})

describe('openid-client', () => {
  const discover = (id: string, authentication: openid.ClientAuth) =>
    openid.discovery(new URL(world.issuer), id, undefined, authentication, {
      algorithm: 'oauth2',
      execute: [openid.allowInsecureRequests],
    })

  test('gets a token for itself', async () => {
    const config = await discover(made.id, openid.ClientSecretBasic(made.secret))
    const tokens = await openid.clientCredentialsGrant(config, { scope: 'users:read' })
    expect(tokens).toMatchObject({ token_type: 'bearer', scope: 'users:read', expires_in: 300 })
    expect(await openid.tokenIntrospection(config, tokens.access_token)).toMatchObject({ active: true })
  })

  test('refreshes and revokes as the built-in client', async () => {
    const config = await discover('fieldgate', openid.None())
    const { refreshToken } = await signedIn()
    const tokens = await openid.refreshTokenGrant(config, refreshToken)
    await openid.tokenRevocation(config, tokens.access_token)
    await expect(openid.refreshTokenGrant(config, tokens.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    })
  })
})
