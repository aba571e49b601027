import { z } from 'zod'

const wholeSeconds = z.coerce.number().int()
const seconds = (fallback: number) => wholeSeconds.positive().default(fallback)
const atMost = (fallback: number) => z.coerce.number().int().positive().default(fallback)
const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  )
const masterKeyText = z
  .string()
  .refine((text) => Buffer.from(text, 'base64').length === 32, {
    error: 'must be 32 bytes in base64: openssl rand -base64 32',
    abort: true,
  })
  .refine(
    (text) => new Set(Buffer.from(text, 'base64')).size > 16,
    'is too regular to be random: openssl rand -base64 32',
  )

// RFC 6454 6.2: scheme, host and port, as browsers write it.
const origin = /^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@*]+$/
const addressOrRange = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()])
const isAddressOrRange = (text: string) => addressOrRange.safeParse(text).success

/** Every environment variable that is read, with its default. `docs/reference/config.md` is generated from this. */
export const variables = z.object({
  NODE_ENV: z
    .enum(['development', 'production', 'test'])
    .default('development')
    .describe('`production` refuses weak or missing secrets and hides what helps only developers.'),
  HOST: z.string().default('127.0.0.1').describe('The address to listen on. `0.0.0.0` inside a container.'),
  PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65535)
    .default(4000)
    .describe('The port to listen on; 0 takes a free one.'),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/, abort: true })
    .refine((text) => origin.test(text), 'ends with the host or the port: no path, no slash')
    .optional()
    .describe(
      'Where clients reach the server, without a path at the end. It is the issuer of the tokens, byte for byte, and the same on all replicas. Default: `http://HOST:PORT`. Required in production, and `https` there but for loopback.',
    ),
  AUDIENCE: z.string().min(1).optional().describe('The `aud` of access tokens. Default: `PUBLIC_URL`.'),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .describe('The Postgres to use. Unset: an embedded one under `DATA_DIR`.'),
  DATABASE_LISTEN_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .describe(
      'A direct connection for LISTEN, where `DATABASE_URL` goes through a pooler in transaction mode. Default: `DATABASE_URL`.',
    ),
  DATABASE_POOL_SIZE: z.coerce
    .number()
    .int()
    .min(2)
    .max(500)
    .default(10)
    .describe('Connections per replica, at most.'),
  DATABASE_PREPARED_STATEMENTS: z
    .stringbool()
    .optional()
    .describe(
      'Prepare the statements that come again. Default: `true`; `false` with a `DATABASE_LISTEN_URL`, since not every pooler can keep them. PgBouncer can, with `max_prepared_statements`.',
    ),
  DATA_DIR: z.string().min(1).default('.data').describe('Where the embedded Postgres and its secrets live.'),
  ADMIN_EMAIL: z
    .email()
    .optional()
    .describe('The administrator that the first start makes. Default: `admin@localhost.localdomain`.'),
  ADMIN_PASSWORD: z
    .string()
    .min(8)
    .max(128)
    .optional()
    .describe("That administrator's password. Unset: one is made, and printed once."),
  MASTER_KEY: masterKeyText
    .optional()
    .describe(
      'Seals the private keys in the database: 32 bytes in base64, `openssl rand -base64 32`. Required with `DATABASE_URL` and in production; else made and kept under `DATA_DIR`.',
    ),
  MASTER_KEY_PREVIOUS: masterKeyText
    .optional()
    .describe(
      'Another master key, which opens what it sealed, while a rotation of the master key goes on: first the next one, then the one before.',
    ),
  TOKEN_ALGORITHM: z
    .enum(['ES256', 'RS256', 'PS256', 'HS256'])
    .default('ES256')
    .describe('How access tokens are signed.'),
  ACCESS_TOKEN_SECONDS: wholeSeconds
    .min(30)
    .max(3600)
    .default(300)
    .describe('The life of an access token, an hour at most.'),
  SESSION_IDLE_SECONDS: seconds(14 * 86_400).describe('A session that is not refreshed for so long ends.'),
  SESSION_ABSOLUTE_SECONDS: seconds(90 * 86_400).describe('A session ends after so long in any case.'),
  REFRESH_GRACE_SECONDS: wholeSeconds
    .positive()
    .max(300)
    .default(30)
    .describe(
      'A refresh whose answer was lost can be repeated for so long, five minutes at most: meanwhile a stolen token is not noticed.',
    ),
  REGISTRATION: z
    .enum(['open', 'closed'])
    .default('open')
    .describe('`closed`: users are made by administrators alone, with `createUser`.'),
  REGISTRATIONS_PER_HOUR: atMost(50).describe(
    'Attempts to register from one address (of IPv6, one /64) within an hour: room for an office or a class that begins together behind one address.',
  ),
  LOGIN_FAILURES_PER_ACCOUNT: atMost(100).describe(
    'Failed attempts to sign in to one account within an hour. Then it is open only where its user has signed in before.',
  ),
  LOGIN_FAILURES_PER_ADDRESS: atMost(100).describe(
    'Failed attempts to sign in from one address (of IPv6, one /64) within 15 minutes.',
  ),
  LOGIN_FAILURES_PER_ACCOUNT_AND_ADDRESS: atMost(10).describe(
    'Failed attempts to sign in to one account from one address within 15 minutes.',
  ),
  OAUTH_PASSWORD_GRANT: z
    .stringbool()
    .default(false)
    .describe(
      'Let programs exchange a password for tokens at `/oauth/token` (RFC 6749 4.3). RFC 9700 forbids it; for those that cannot do better.',
    ),
  AUTHORIZATION_MODE: z
    .enum(['partial', 'reject', 'observe'])
    .default('partial')
    .describe(
      'What a refused field does to a query: null with an error, refuse the whole, or only a log line.',
    ),
  GRAPHQL_EXECUTOR: z
    .enum(['compiled', 'graphql-js'])
    .default('compiled')
    .describe('What runs operations. Both answer the same; `compiled` is faster for those that come again.'),
  EXPOSE_REQUIREMENTS: z
    .stringbool()
    .optional()
    .describe(
      'Tell clients in errors which scopes a refused field requires. Default: `true`, in production `false`.',
    ),
  INTROSPECTION: z
    .enum(['full', 'authenticated', 'filtered', 'off'])
    .optional()
    .describe(
      'Who may introspect what: everybody all, callers all, everybody what they may use, nobody. Default: `full`, in production `off`.',
    ),
  DECISION_METRICS: z
    .stringbool()
    .default(false)
    .describe(
      'Count every decision about a field in `/metrics`, by coordinate, verdict and phase. Costs about a microsecond a field and request.',
    ),
  CORS_ORIGINS: list
    .refine(
      (origins) => origins.every((text) => origin.test(text)),
      'are origins such as https://app.example.com: no path, no *',
    )
    .describe(
      'Origins of pages that may use `/graphql`, with the cookies of who visits them, separated by commas. Development also admits Apollo Sandbox and localhost.',
    ),
  TRUSTED_PROXIES: list
    .refine(
      (proxies) => proxies.every(isAddressOrRange),
      'are addresses or CIDR ranges such as 10.0.0.0/8: no names',
    )
    .describe(
      'Addresses or CIDR ranges, separated by commas, whose `X-Forwarded-For` and `X-Request-Id` are believed. None by default, not even loopback.',
    ),
  METRICS_TOKEN: z
    .string()
    .min(16)
    .optional()
    .describe('What `/metrics` wants as a bearer token. Unset: it answers everybody; keep it inside.'),
  BODY_LIMIT_BYTES: z.coerce
    .number()
    .int()
    .positive()
    .default(1_048_576)
    .describe('The largest request body.'),
  DOCUMENT_LIMIT_TOKENS: atMost(1000).describe(
    'The longest GraphQL document. Introspection has about 300 tokens. What validating a document can cost grows with the square.',
  ),
  REQUEST_SECONDS: seconds(30).describe('A request must arrive within so long.'),
  DRAIN_SECONDS: wholeSeconds
    .min(0)
    .max(600)
    .default(0)
    .describe(
      'A stop begins with so long a time in which `/readyz` says 503 and everything is still answered, for balancers to notice: two or three of their checks.',
    ),
  SHUTDOWN_SECONDS: seconds(10).describe(
    'A stop waits so long, at most, for running requests, after `DRAIN_SECONDS`.',
  ),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('How much is logged.'),
})
