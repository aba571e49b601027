import type { Machine } from '../results.js'
import type { AuthenticationMeasured } from './authentication.js'
import type { LoginMeasured } from './login.js'
import { describeMachine } from '../machine.js'
import { number, percent, spread, table } from '../table.js'
import type { RefreshMeasured } from './refresh.js'
import type { RevocationMeasured } from './revocation.js'
import type { StatementsMeasured } from './statements.js'

export type SessionResults = {
  readonly authentication: readonly AuthenticationMeasured[]
  readonly refresh: readonly RefreshMeasured[]
  readonly login: readonly LoginMeasured[]
  readonly revocation: readonly RevocationMeasured[]
  readonly statements: readonly StatementsMeasured[]
}

const microseconds = (value: number) => value.toFixed(0)

const refreshRow = (one: RefreshMeasured) => [
  String(one.clients),
  one.build,
  spread(one.perSecond),
  spread(one.p50),
  spread(one.p99),
  ...[one.server, one.postgres, one.client].map(({ median }) => microseconds(median)),
  spread(one.ratio, (value) => value.toFixed(2)),
  spread(one.cpuRatio, (value) => value.toFixed(2)),
]

const loginRow = (one: LoginMeasured) => [
  one.name,
  String(one.clients),
  spread(one.hashesPerSecond),
  spread(one.perSecond),
  spread(one.share, percent),
  spread(one.cpuShare, percent),
  ...[one.hash, one.server, one.postgres, one.client, one.idle].map(({ median }) => microseconds(median)),
  spread(one.p50),
  spread(one.p99),
]

const revocationRow = (one: RevocationMeasured) => [
  String(one.replicas),
  one.load,
  one.mutation,
  String(one.revocations),
  number(one.p50),
  number(one.p99),
  `${one.accepted} of ${one.uses}`,
]

/** The results as Markdown, for people. */
export function report(
  machine: Machine,
  { authentication, refresh, login, revocation, statements }: SessionResults,
): string {
  return `# Sessions, measured

Made by \`npm run sessions\` in \`bench/\`; the same numbers for programs are in \`sessions.json\`.
${describeMachine(machine)}

The server as it is started in production, with the embedded Postgres (durable commits), and the load in a process of its
own, all on this machine: they share its cores, and so does whatever else was running. Where the load above is more than
the cores, a second of a clock was not a second of a core: CPU times and ratios within a round then say more than rates
and latencies. Medians with quartiles over alternating rounds. CPU in microseconds for one operation.

## Refresh

Each client refreshes a session of its own with the newest token, over one connection. Aim: 500 a second on two cores that
are free, p99 below 50 ms.

${table(
  [
    'clients',
    'build',
    'a second',
    'p50 ms',
    'p99 ms',
    'CPU server',
    'Postgres',
    'load',
    'rate ratio',
    'CPU ratio',
  ],
  refresh.map(refreshRow),
)}

## Sign-in

\`login\` by HTTP against argon2id by itself, at the same concurrency and with the same parameters. "Share" is logins to hashes
a second; "of the CPU" is what one hash takes of all that one login takes: server, Postgres and load,
less what server and Postgres take in the same time while nobody asks. Aim: 95 %. Two
clients wait for their answers while nobody hashes, so that two show the latency of what is not hashing, and not the
throughput.

What any server could reach stands beside it, as two that are bare \`node:http\` and no more than a page: one that looks up a user by
key, hashes, inserts a session and signs a token, by prepared statements on a pool of \`pg\`; and one that only hashes.

${table(
  [
    'server',
    'clients',
    'hashes a second',
    'logins a second',
    'share',
    'of the CPU',
    'CPU hash',
    'server',
    'Postgres',
    'load',
    'idle a second',
    'p50 ms',
    'p99 ms',
  ],
  login.map(loginRow),
)}

## Revocation

From sending the mutation until it has answered; then the token is used on each replica. Aim: none is accepted.

${table(
  ['replicas', 'load', 'mutation', 'times', 'p50 ms', 'p99 ms', 'accepted afterwards'],
  revocation.map(revocationRow),
)}

## Authentication of a known token

In process: cookie, bearer and API key asked, the signature remembered, 1000 revocations held. Each answer is checked to be
no promise, and the statements are counted: there is none. Aim: 5 microseconds.

${table(
  ['request', 'us of CPU'],
  authentication.map(({ what, microseconds: each }) => [what, spread(each)]),
)}

## Statements

Twenty askers on ten connections, one statement with one row or a hundred rows of six columns: microseconds of CPU of the process that asks,
of all its threads, and of its garbage collections by the clock. Fieldgate's connections prepare, pipeline and answer in order.

${table(
  ['connections', 'rows', 'us of CPU', 'us of collections'],
  statements.map((one) => [one.way, String(one.rows), spread(one.microseconds), spread(one.collecting)]),
)}
`
}
