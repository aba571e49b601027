import { hash } from 'node:crypto'
import { parse } from 'graphql'
import type { App, Domain } from '../../../src/app.js'
import type * as application from '../../../src/app.js'
import type * as configuration from '../../../src/config.js'
import type { Given, Serve } from '../contender.js'
import { poolSize } from '../people-store.js'
import { createPeopleResolvers, peopleSdl, scopes } from '../schema.js'

/** What `npm run build` made, with the packages that it is shipped with and not those of the bench. */
const built = (file: string): Promise<unknown> =>
  import(new URL(`../../../../../dist/${file}`, import.meta.url).href)

const administrator = { email: 'admin@example.com', password: 'an administrator for the bench' }

function peopleDomain({ store }: Given): Domain {
  const marked = peopleSdl({ scoped: (scope) => `@auth(scopes: ["${scope}"])`, type: '@auth' })
  return {
    name: 'people',
    typeDefs: parse(marked),
    scopes: Object.fromEntries(
      scopes.map((scope) => [scope, { description: scope, implies: [], grantedTo: [] }]),
    ),
    connect: () => ({ resolvers: createPeopleResolvers(store) }),
  }
}

/** The people of the bench become users, all with the administrator's password and roles. */
async function seedUsers({ database }: App): Promise<void> {
  await database.query(`
    INSERT INTO users (id, email, email_key, name, password_hash, created_at, updated_at)
    SELECT person.id, person.email, person.email, person.name, administrator.password_hash, now(), now()
    FROM bench_people AS person, users AS administrator WHERE administrator.email_key = 'admin@example.com'
    ON CONFLICT DO NOTHING`)
  await database.query(`
    INSERT INTO user_roles (user_id, role_name) SELECT id, 'admin' FROM bench_people ON CONFLICT DO NOTHING`)
  await database.query('ANALYZE users, user_roles')
}

async function signIn(url: string, email: string): Promise<string> {
  const query =
    'mutation ($email: String!, $password: String!) { login(email: $email, password: $password) { accessToken } }'
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables: { email, password: administrator.password } }),
  })
  const { data } = (await answer.json()) as { data?: { login: { accessToken: string } } }
  if (!data) throw new Error('Nobody was signed in.')
  return data.login.accessToken
}

/** The whole server as `npm start` runs it, with a domain for the people. */
const serveAt =
  (level: string): Serve =>
  async (given) => {
    const { createApp } = (await built('app.js')) as typeof application
    const { readConfig } = (await built('config.js')) as typeof configuration
    const config = readConfig({
      NODE_ENV: 'production',
      PORT: '0',
      PUBLIC_URL: 'http://127.0.0.1:4000',
      DATABASE_URL: given.databaseUrl,
      DATABASE_POOL_SIZE: String(poolSize),
      MASTER_KEY: hash('sha256', given.secret, 'base64'),
      ADMIN_EMAIL: administrator.email,
      ADMIN_PASSWORD: administrator.password,
      ACCESS_TOKEN_SECONDS: '3600',
      LOG_LEVEL: level,
    })
    const app = await createApp({ config, domains: [peopleDomain(given)] })
    await seedUsers(app)
    const url = `${await app.listen()}/graphql`
    const tokens = []
    for (const { email } of given.callers) tokens.push(await signIn(url, email))
    return { url, tokens, stop: app.stop }
  }

export const serveFieldgate = serveAt('info')
export const serveQuietFieldgate = serveAt('warn')
