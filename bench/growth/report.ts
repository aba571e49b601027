import type { Machine } from '../results.js'
import { describeMachine } from '../machine.js'
import { number, spread, table } from '../table.js'
import { exponentOf, growthOf, type Series } from './series.js'

const head = ['', 'expected', 'from', 'to', 'size grows by', 'cost grows by', 'exponent']

const rowOf = (series: Series) => {
  const { size, cost } = growthOf(series)
  const [first, last] = [series.points[0], series.points.at(-1)]
  return [
    series.subject,
    series.expected,
    ...[first, last].map((point) => (point ? `${number(point.value.median)} ${series.unit}` : '')),
    `${number(size)} times`,
    `${cost.toFixed(2)} times`,
    exponentOf(series).toFixed(2),
  ]
}

const detailOf = ({ subject, unit, points }: Series) =>
  points.map(({ size, value }) => [subject, String(size), spread(value), unit])

/** Of one dimension, all that was measured against it. */
function section(dimension: string, all: readonly Series[]): string {
  const own = all.filter((series) => series.dimension === dimension)
  return `## Against ${dimension}

${table(head, own.map(rowOf))}

${table(['', 'size', 'median and quartiles', 'unit'], own.flatMap(detailOf))}`
}

export type Parts = Readonly<
  Record<string, { readonly machine: Machine; readonly series: readonly Series[] }>
>

export function report(parts: Parts): string {
  const all = Object.values(parts).flatMap(({ series }) => series)
  const dimensions = [...new Set(all.map(({ dimension }) => dimension))]
  return `# What grows with what

Made by \`npm run growth\` in \`bench/\`; the same numbers for programs are in \`growth.json\`.
One part alone is measured anew by its name: \`npm run growth -- users\`.

${table(
  ['part', 'measured'],
  Object.entries(parts).map(([name, { machine }]) => [name, describeMachine(machine)]),
)}

CPU times, in process or of the processes of the server and of Postgres, in alternating rounds. The exponent is that of the
power of the size which fits best: 0 is flat, 1 is in proportion. "me" and "refresh" go by HTTP through the whole server,
over the embedded Postgres, eight clients at once. A document, a token or a caller is "new" when it was not seen before.

![Cost against size](growth.svg)

${dimensions.map((dimension) => section(dimension, all)).join('\n\n')}
`
}
