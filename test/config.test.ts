import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ConfigError, readConfig } from '../src/config.js'
import { variables } from '../src/config/variables.js'

const masterKey = Buffer.from(Array.from({ length: 32 }, (_, index) => index * 7)).toString('base64')
const production = { NODE_ENV: 'production', PUBLIC_URL: 'https://api.example.com', MASTER_KEY: masterKey }

function problemsOf(env: Record<string, string>): string {
  try {
    readConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
  return ''
}

describe('the configuration', () => {
  test('needs nothing at all for a first start', () => {
    const config = readConfig({})
    expect(config.http).toMatchObject({ host: '127.0.0.1', port: 4000, publicUrl: 'http://127.0.0.1:4000' })
    expect(config.database).toMatchObject({ url: null, dataDir: '.data' })
    expect(config.http.trustedProxies).toEqual([])
  })

  test('tells all problems in one message', () => {
    const message = problemsOf({
      PORT: 'http',
      ACCESS_TOKEN_SECONDS: '-1',
      LOG_LEVEL: 'loud',
      ADMIN_EMAIL: 'nobody',
    })
    expect(message).toMatch(/4 problems/)
    for (const name of ['PORT', 'ACCESS_TOKEN_SECONDS', 'LOG_LEVEL', 'ADMIN_EMAIL'])
      expect(message).toContain(name)
  })

  test('takes an empty value for none', () => {
    expect(readConfig({ PORT: '', DATABASE_URL: '' })).toEqual(readConfig({}))
  })

  test('is frozen through and through', () => {
    const config = readConfig({ CORS_ORIGINS: 'https://a.example, https://b.example' })
    expect(config.http.corsOrigins).toEqual(['https://a.example', 'https://b.example'])
    for (const part of [config, config.http, config.http.corsOrigins, config.tokens]) {
      expect(Object.isFrozen(part)).toBe(true)
    }
  })

  test('refuses production without its secrets', () => {
    const message = problemsOf({ NODE_ENV: 'production' })
    expect(message).toContain('PUBLIC_URL')
    expect(message).toContain('MASTER_KEY')
    expect(problemsOf(production)).toBe('')
  })

  // RFC 8414 2: an issuer is https.
  test.each([
    'http://api.example.com',
    'http://10.0.0.1:4000',
    'http://localhost.example.com',
    'http://[::2]',
  ])('refuses production on plain http, but on this machine: %s', (url) => {
    expect(problemsOf({ ...production, PUBLIC_URL: url })).toMatch(
      /has a problem:\n {2}- PUBLIC_URL: .*https.*proxy/,
    )
    expect(problemsOf({ ...production, NODE_ENV: 'development', PUBLIC_URL: url })).toBe('')
  })

  test.each(['http://localhost:4000', 'http://127.0.0.1', 'http://127.8.9.1:80', 'http://[::1]:4000'])(
    'takes plain http in production on the machine itself: %s',
    (url) => expect(readConfig({ ...production, PUBLIC_URL: url }).http.publicUrl).toBe(url),
  )

  test('refuses a database of its own without a master key that outlives the container', () => {
    expect(problemsOf({ DATABASE_URL: 'postgres://db/fieldgate' })).toContain('MASTER_KEY')
  })

  test('refuses a weak master key', () => {
    for (const weak of [
      'changeme',
      Buffer.alloc(32).toString('base64'),
      Buffer.alloc(31, 'x').toString('base64'),
    ]) {
      expect(problemsOf({ MASTER_KEY: weak })).toContain('MASTER_KEY')
    }
  })

  test.each([
    ['TRUSTED_PROXIES', '10.0.0.0/8, proxy.internal'],
    ['TRUSTED_PROXIES', '10.0.0.0/33'],
    ['CORS_ORIGINS', '*'],
    ['CORS_ORIGINS', 'https://a.example, https://b.example/'],
    ['PUBLIC_URL', 'https://api.example.com/'],
    ['PUBLIC_URL', 'https://api.example.com/api'],
  ])('refuses a wrong %s before anything is started: %s', (name, value) => {
    expect(problemsOf({ [name]: value })).toMatch(new RegExp(`has a problem:\n  - ${name}: `))
  })

  test('writes an IPv6 address as URLs have it', () => {
    expect(readConfig({ HOST: '::' }).http).toMatchObject({ host: '::', publicUrl: 'http://[::]:4000' })
    expect(readConfig({ HOST: '::1', PORT: '80' }).http.publicUrl).toBe('http://[::1]:80')
    expect(readConfig({ HOST: 'localhost' }).http.publicUrl).toBe('http://localhost:4000')
  })

  test('wants a public URL where the address can stand in none', () => {
    for (const HOST of ['fe80::1%eth0', 'a b']) {
      expect(problemsOf({ HOST })).toMatch(/has a problem:\n {2}- PUBLIC_URL: /)
      expect(problemsOf({ HOST, PUBLIC_URL: 'http://api.example' })).toBe('')
    }
  })

  test('bounds how long a refresh can be repeated: for so long a stolen token is not noticed', () => {
    expect(readConfig({ REFRESH_GRACE_SECONDS: '300' }).sessions.graceSeconds).toBe(300)
    expect(problemsOf({ REFRESH_GRACE_SECONDS: '301' })).toContain('REFRESH_GRACE_SECONDS')
  })

  test('refuses a connection for LISTEN beside the embedded database, which would hear nothing', () => {
    const DATABASE_LISTEN_URL = 'postgres://db/fieldgate'
    expect(problemsOf({ DATABASE_LISTEN_URL })).toMatch(/has a problem:\n {2}- DATABASE_LISTEN_URL: /)
    const complete = {
      DATABASE_LISTEN_URL,
      DATABASE_URL: 'postgres://pooler/fieldgate',
      MASTER_KEY: masterKey,
    }
    expect(problemsOf(complete)).toBe('')
  })

  test('prepares statements, but not through a pooler unless told that it can', () => {
    const preparing = (given: Record<string, string>) => {
      const DATABASE_URL = 'postgres://pooler/fieldgate'
      return readConfig({ DATABASE_URL, MASTER_KEY: masterKey, ...given }).database.preparedStatements
    }
    const DATABASE_LISTEN_URL = 'postgres://db/fieldgate'
    expect(preparing({})).toBe('on')
    expect(preparing({ DATABASE_PREPARED_STATEMENTS: 'false' })).toBe('off')
    expect(preparing({ DATABASE_LISTEN_URL })).toBe('off')
    expect(preparing({ DATABASE_LISTEN_URL, DATABASE_PREPARED_STATEMENTS: 'true' })).toBe('on')
  })

  test('is documented with its defaults, that of a switch too', () => {
    const reference = readFileSync('docs/reference/config.md', 'utf8')
    for (const name of ['OAUTH_PASSWORD_GRANT', 'DECISION_METRICS']) {
      expect(reference).toContain(`| \`${name}\` | \`false\` | \`true\`, \`false\` |`)
    }
    expect(reference).toContain('| `EXPOSE_REQUIREMENTS` |  | `true`, `false` |')
  })

  test('reaches the container of docker-compose.yml, each variable but those that the image decides', () => {
    const [, environment = ''] =
      /^ {2}api:\n[^]*?^ {4}environment:\n((?: {6}.*\n)+)/m.exec(
        readFileSync('docker-compose.yml', 'utf8'),
      ) ?? []
    const passed = [...environment.matchAll(/^ {6}([A-Z_]+):/gm)].map(([, name = '']) => name)
    const decided = ['NODE_ENV', 'HOST', 'PORT', 'DATA_DIR', 'DATABASE_LISTEN_URL']
    expect([...passed, ...decided].toSorted()).toEqual(Object.keys(variables.shape).toSorted())
  })

  test('takes proxies and origins of every kind', () => {
    const { http } = readConfig({
      TRUSTED_PROXIES: '10.0.0.0/8, 192.0.2.1, 2001:db8::/32, ::1',
      CORS_ORIGINS: 'https://app.example.com, http://localhost:3000, capacitor://localhost',
    })
    expect(http.trustedProxies).toHaveLength(4)
    expect(http.corsOrigins).toHaveLength(3)
  })

  test('says one thing about a master key that is none', () => {
    expect(problemsOf({ MASTER_KEY: 'Zm9v' })).toContain('has a problem:')
  })

  test('never repeats a secret in a problem', () => {
    expect(problemsOf({ ADMIN_PASSWORD: 'hunter2', MASTER_KEY: 'swordfish' })).not.toMatch(
      /hunter2|swordfish/,
    )
  })

  test('hides from clients in production what helps only developers', () => {
    expect(readConfig({}).authorization).toMatchObject({ exposeRequirements: true, introspection: 'full' })
    expect(readConfig(production).authorization).toMatchObject({
      exposeRequirements: false,
      introspection: 'off',
    })
  })

  test('answers any environment with a configuration or with its problems', () => {
    const names = fc.constantFrom(
      'PORT',
      'PUBLIC_URL',
      'DATABASE_URL',
      'MASTER_KEY',
      'CORS_ORIGINS',
      'EXPOSE_REQUIREMENTS',
    )
    fc.assert(
      fc.property(fc.dictionary(names, fc.string()), (env) => {
        const message = problemsOf(env)
        expect(message === '' || message.startsWith('The configuration has')).toBe(true)
      }),
    )
  })
})
