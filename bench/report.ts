import type { Comparison } from './alternatives.js'
import type { Cost } from './cost.js'
import type { Measured } from './measure.js'
import type { Results } from './results.js'
import { number, range, table } from './table.js'

const ratio = (value: number) => value.toFixed(3)

const costRow = (query: string, { name, microseconds, ratio: times, totalRatio }: Measured) => [
  query,
  name,
  number(microseconds.median),
  ratio(times.median),
  range(times, ratio),
  ratio(totalRatio),
]

const costHead = ['query', 'subject', 'us', 'time ratio', 'quartiles', 'of totals']

const costTable = (costs: readonly Cost[]) =>
  table(
    costHead,
    costs.flatMap(({ query, measured }) => measured.map((one, at) => costRow(at === 0 ? query : '', one))),
  )

/** Speed as a share of the speed without authorization, one contender a row. */
function speedTable(comparisons: readonly Comparison[]): string {
  const names = comparisons[0]?.measured.map(({ name }) => name) ?? []
  const rows = names.map((name) => [
    name,
    ...comparisons.map(({ measured }) => {
      const found = measured.find((one) => one.name === name)
      return found ? (1 / found.ratio.median).toFixed(2) : ''
    }),
  ])
  return table(['', ...comparisons.map(({ query }) => query)], rows)
}

const detailTables = (comparisons: readonly Comparison[]) =>
  comparisons.map(({ query, measured }) => `### ${query}\n\n${costTable([{ query, measured }])}`).join('\n\n')

/** The results as Markdown, for people. */
export function report({
  machine,
  protection,
  compiled,
  apollo,
  refusal,
  decision,
  analysis,
  flood,
  alternatives,
}: Results): string {
  const { load, at, node, cpu, cores } = machine
  const { fit, documents } = analysis
  return `# The engine, measured

Made by \`npm run engine\` in \`bench/\`; the same numbers for programs are in \`engine.json\`. ${at}, Node ${node},
${cores} x ${cpu}, load ${load.map((one) => one.toFixed(1)).join(' before, ')} after: ${
    Math.max(...load) > cores + 0.5
      ? 'other work was running, so trust the proportions and not the microseconds.'
      : 'the machine was free.'
  }

Everything runs in process, with \`NODE_ENV=production\`, each part in a process of its own, its subjects in alternating
rounds after a warm-up. Times are CPU time of all threads, so that neither other processes nor hidden garbage collection
distort them. "Time ratio" is the median over the rounds of a subject's time against the first subject's in the same round,
with quartiles; "of totals" compares the sums. A subject must give the expected answer before it is timed.

## Against the alternatives

Speed as a share of the speed of the same query without any authorization on graphql-js; more is better. A person has six
fields, three of them protected. "A scope missing" refuses one field everywhere; "refused whole" is a caller without rights.

${speedTable(alternatives)}

![Speed by contender and query](engine.svg)

## What protection costs

Of five processes, for each query the one in which Fieldgate had the median ratio.

On the compiled executor, which the server uses:

${costTable(compiled)}

On graphql-js:

${costTable(protection)}

Through the whole of Apollo Server (\`executeOperation\`), on graphql-js:

${costTable(apollo)}

## A field refused on a list

${refusal.errors} error for the whole list.

${table(
  costHead,
  refusal.measured.map((one) => costRow('', one)),
)}

## A decision on a known document and caller

${table(
  ['query', 'ns', 'quartiles'],
  decision.map(({ query, nanoseconds }) => [query, number(nanoseconds.median), range(nanoseconds)]),
)}

## Documents that double

n fragments, each spreading the next one twice; a document that was never seen each time.

${table(
  ['fragments', 'characters', 'us', 'quartiles', 'us by fragment'],
  documents.map(({ fragments, characters, microseconds }) => [
    String(fragments),
    String(characters),
    number(microseconds.median),
    range(microseconds),
    number(microseconds.median / fragments),
  ]),
)}

Least squares over 5 to 30 fragments: ${number(fit.perFragment)} us a fragment and ${fit.base.toFixed(1)} us beside, R² ${fit.r2.toFixed(3)}.

## A flood of documents

Small documents that nobody has sent before, each run so often and never again: CPU time with the compiled executor as a
multiple of that without it. It compiles at the fiftieth run.

${table(
  ['runs of each', 'time ratio', 'quartiles', 'us a document'],
  flood.map(({ runs, ratio: times, microseconds }) => [
    String(runs),
    ratio(times.median),
    range(times, ratio),
    number(microseconds.median),
  ]),
)}

## Every number of the comparison

${detailTables(alternatives)}
`
}
