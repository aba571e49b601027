import { isIPv6 } from 'node:net'
import type { z } from 'zod'
import { variables } from './config/variables.js'

export type Environment = Readonly<Record<string, string | undefined>>
export type Config = ReturnType<typeof readConfig>

/** Thrown with all problems at once, a line each. */
export class ConfigError extends Error {
  constructor(problems: readonly string[]) {
    super(
      `The configuration has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:\n` +
        problems.map((problem) => `  - ${problem}`).join('\n') +
        '\ndocs/reference/config.md explains every variable.',
    )
    this.name = 'ConfigError'
  }
}

/** @throws ConfigError */
export function readConfig(env: Environment = process.env) {
  // Compose files hand over unset variables as empty ones.
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const parsed = variables.safeParse(given)
  const problems = [
    ...(parsed.error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? []),
    ...missingVariables(given),
    ...plainHttp(given),
  ]
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems)
  return arrange(parsed.data)
}

function missingVariables(given: Environment): string[] {
  const isProduction = given['NODE_ENV'] === 'production'
  const { HOST: host } = given
  const required = [
    host !== undefined &&
      !URL.canParse(urlOf(host, 0)) && ['PUBLIC_URL', 'is required where HOST can stand in no URL'],
    isProduction && ['PUBLIC_URL', 'is required in production: where clients reach the server'],
    (isProduction || given['DATABASE_URL'] !== undefined) && [
      'MASTER_KEY',
      'is required with DATABASE_URL and in production: openssl rand -base64 32',
    ],
  ].filter((entry) => entry !== false)
  const isLost = given['DATABASE_LISTEN_URL'] !== undefined && given['DATABASE_URL'] === undefined
  return [
    ...required
      .filter(([name = '']) => given[name] === undefined)
      .map(([name, problem]) => `${name}: ${problem}`),
    ...(isLost
      ? ['DATABASE_LISTEN_URL: is another way to the server of DATABASE_URL, which is not set']
      : []),
  ]
}

const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/** RFC 8414 2: an issuer is https. Else whoever is on the way reads passwords and tokens, and cookies are bound to nothing. */
function plainHttp({ NODE_ENV: environment, PUBLIC_URL: publicUrl = '' }: Environment): string[] {
  if (environment !== 'production' || !URL.canParse(publicUrl)) return []
  const { protocol, hostname } = new URL(publicUrl)
  if (protocol !== 'http:' || loopback.test(hostname)) return []
  return [
    'PUBLIC_URL: must be https in production: put a proxy that speaks TLS in front, and say where clients reach that. Only localhost, 127.0.0.1 and [::1] go without',
  ]
}

/** RFC 3986 3.2.2: an IPv6 address stands in brackets. */
function urlOf(host: string, port: number): string {
  return `http://${isIPv6(host) ? `[${host}]` : host}:${port}`
}

function arrange(env: z.infer<typeof variables>) {
  const isProduction = env.NODE_ENV === 'production'
  return Object.freeze({
    environment: env.NODE_ENV,
    logLevel: env.LOG_LEVEL,
    http: Object.freeze({
      host: env.HOST,
      port: env.PORT,
      publicUrl: env.PUBLIC_URL ?? urlOf(env.HOST, env.PORT),
      corsOrigins: Object.freeze(env.CORS_ORIGINS),
      trustedProxies: Object.freeze(env.TRUSTED_PROXIES),
      bodyLimitBytes: env.BODY_LIMIT_BYTES,
      requestSeconds: env.REQUEST_SECONDS,
      drainSeconds: env.DRAIN_SECONDS,
      shutdownSeconds: env.SHUTDOWN_SECONDS,
    }),
    database: Object.freeze({
      url: env.DATABASE_URL ?? null,
      listenUrl: env.DATABASE_LISTEN_URL ?? env.DATABASE_URL ?? null,
      poolSize: env.DATABASE_POOL_SIZE,
      preparedStatements:
        (env.DATABASE_PREPARED_STATEMENTS ?? env.DATABASE_LISTEN_URL === undefined) ? 'on' : 'off',
      dataDir: env.DATA_DIR,
    }),
    administrator: Object.freeze({
      email: env.ADMIN_EMAIL ?? 'admin@localhost.localdomain',
      password: env.ADMIN_PASSWORD ?? null,
    }),
    masterKeys: Object.freeze({ current: env.MASTER_KEY ?? null, previous: env.MASTER_KEY_PREVIOUS ?? null }),
    tokens: Object.freeze({
      audience: env.AUDIENCE ?? null,
      algorithm: env.TOKEN_ALGORITHM,
      accessTokenSeconds: env.ACCESS_TOKEN_SECONDS,
    }),
    sessions: Object.freeze({
      idleSeconds: env.SESSION_IDLE_SECONDS,
      absoluteSeconds: env.SESSION_ABSOLUTE_SECONDS,
      graceSeconds: env.REFRESH_GRACE_SECONDS,
    }),
    registration: env.REGISTRATION,
    registrationLimit: Object.freeze({ registrations: env.REGISTRATIONS_PER_HOUR, seconds: 3600 }),
    loginLimits: Object.freeze({
      account: Object.freeze({ failures: env.LOGIN_FAILURES_PER_ACCOUNT, seconds: 3600 }),
      address: Object.freeze({ failures: env.LOGIN_FAILURES_PER_ADDRESS, seconds: 900 }),
      accountAndAddress: Object.freeze({
        failures: env.LOGIN_FAILURES_PER_ACCOUNT_AND_ADDRESS,
        seconds: 900,
      }),
    }),
    oauth: Object.freeze({ passwordGrant: env.OAUTH_PASSWORD_GRANT ? 'on' : 'off' }),
    graphql: Object.freeze({ executor: env.GRAPHQL_EXECUTOR, maxTokens: env.DOCUMENT_LIMIT_TOKENS }),
    authorization: Object.freeze({
      mode: env.AUTHORIZATION_MODE,
      exposeRequirements: env.EXPOSE_REQUIREMENTS ?? !isProduction,
      introspection: env.INTROSPECTION ?? (isProduction ? 'off' : 'full'),
    }),
    metrics: Object.freeze({
      token: env.METRICS_TOKEN ?? null,
      decisions: env.DECISION_METRICS ? 'counted' : 'ignored',
    }),
  })
}
