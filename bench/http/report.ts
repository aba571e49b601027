import type { Spread } from '../measure.js'
import { number, range, table } from '../table.js'
import type { Comparison, MeasuredServer } from './comparison.js'
import { titles } from './contender.js'
import { poolSize } from './people-store.js'
import type { Results } from './results.js'
import { nodeOption } from './server-process.js'

const two = (value: number) => value.toFixed(2)
const within = ({ median, low, high }: Spread, show = number) =>
  `${show(median)} (${range({ median, low, high }, show)})`

/** One contender a row, one operation a column. */
function overview(comparisons: readonly Comparison[], show: (server: MeasuredServer) => string): string {
  const contenders = comparisons[0]?.servers.map(({ contender }) => contender) ?? []
  const rows = contenders.map((name) => [
    titles[name],
    ...comparisons.map(({ servers }) => {
      const found = servers.find(({ contender }) => contender === name)
      return found ? show(found) : ''
    }),
  ])
  return table(['', ...comparisons.map(({ operation }) => operation)], rows)
}

const details = ({ operation, servers }: Comparison) => `### ${operation}

${table(
  ['', 'requests/s', 'ratio', 'p50 ms', 'p99 ms', 'CPU us', 'CPU ratio', 'requests'],
  servers.map(({ contender, requests, requestsPerSecond, ratio, p50, p99, microseconds, cpuRatio }) => [
    titles[contender],
    within(requestsPerSecond, (value) => value.toFixed(0)),
    within(ratio, two),
    number(p50.median),
    within(p99, (value) => value.toFixed(0)),
    within(microseconds, (value) => value.toFixed(0)),
    within(cpuRatio, two),
    String(requests),
  ]),
)}`

/** What the ratios are against. */
export function titleOf(comparisons: readonly Comparison[]): string {
  const [first] = comparisons[0]?.servers ?? []
  return `Requests per second, as a multiple of: ${first ? titles[first.contender] : 'nothing'}`
}

/** The results as Markdown, for people. */
export function report({ machine, effort, comparisons }: Results): string {
  const { at, node, cpu, cores, load } = machine
  const { rounds, seconds, warmUpSeconds } = effort
  return `# The server, measured over HTTP

Made by \`npm run http\` in \`bench/\`; the same numbers for programs are in \`http.json\`. ${at}, Node ${node},
${cores} x ${cpu}, load ${load.map((one) => one.toFixed(1)).join(' before, ')} after. Servers, Postgres and the load share
these cores, and perhaps with other work, which moves the requests per second most; the CPU time is that of the server's
process alone, and moves least.

## ${titleOf(comparisons)}

More is better.

${overview(comparisons, ({ ratio }) => two(ratio.median))}

![Requests per second by contender and operation](http.svg)

## CPU time of the server for a request, microseconds

Less is better. In brackets as a multiple of the first.

${overview(comparisons, ({ microseconds, cpuRatio }) => `${microseconds.median.toFixed(0)} (${two(cpuRatio.median)})`)}

## Every number

Medians over the rounds, with quartiles. A ratio is against the first in the same round.

${comparisons.map(details).join('\n\n')}

## How it was measured

- Every contender is a process of its own on 127.0.0.1, with \`NODE_ENV=production\` and \`${nodeOption}\`, as
  \`npm start\` has it. All are started at first; those that have no turn are idle. All have the same table of 2000 people in
  the same Postgres (in memory, never synced), the same statements on a pool of ${poolSize} connections by \`pg\`, and the
  same schema. Before the clock runs, each must give the right answer to every request that will be sent.
- The load is \`autocannon\`, in a process of its own, with 50 connections (20 for the lists). For each operation every
  server is warmed up for ${warmUpSeconds} s, then ${rounds} rounds of ${seconds} s go over the contenders, each round beginning with
  another one. One request that fails, or whose answer has another length, ends the run.
- All requests are JSON by POST with a bearer token for all scopes. \`me\` selects id, name and email; a person of a list or of
  \`rename\` has six fields, three of them behind a scope each, and the root fields are behind a scope too. Each connection
  is another caller's, and renames a row of its own. Servers without authorization believe a header that names the caller.
- "Apollo Server as tutorials write it": \`jsonwebtoken.verify\` with a string and a user read in the context of each request, an
  async directive by \`mapSchema\`. "Mercurius JIT, mercurius-auth": \`@fastify/jwt\` and a user read likewise. Their resolver of \`me\`
  reads its row all the same, so both send two statements for it where the others send one.
- Yoga verifies with its JWT plugin, and reads no user.
- Fieldgate is what \`npm start\` runs, with a domain for the people: ES256 tokens from its own \`login\`, checked for revocation;
  its \`me\` goes through its users service, with the same people as users. It logs a line a request to a file; the others
  log nothing. "Logging warnings only" is the same with \`LOG_LEVEL=warn\`.
`
}
