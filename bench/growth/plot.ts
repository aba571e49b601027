import { growthOf, type Series } from './series.js'

const colours = ['#0b7a75', '#e09f3e', '#6d597a', '#9e2a2b', '#5fa8d3', '#8d99ae']
const [panelWidth, panelHeight, margin, columns] = [430, 270, 54, 2]

const escape = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
const text = (x: number, y: number, content: string, more = '') =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${more}>${escape(content)}</text>`

type Scale = (value: number) => number

/** Logarithmic, from one length to another, over whole powers of ten. */
function scaleOver(
  values: readonly number[],
  from: number,
  to: number,
): Scale & { powers: readonly number[] } {
  const lowest = Math.floor(Math.log10(Math.min(...values)))
  const highest = Math.max(lowest + 1, Math.ceil(Math.log10(Math.max(...values))))
  const scale = (value: number) => from + ((Math.log10(value) - lowest) / (highest - lowest)) * (to - from)
  const powers = Array.from({ length: highest - lowest + 1 }, (_, at) => 10 ** (lowest + at))
  return Object.assign(scale, { powers })
}

function lineOf(series: Series, at: number, x: Scale, y: Scale): string {
  const colour = colours[at % colours.length] ?? '#000'
  const points = series.points.map(({ size, value }) => [x(size), y(value.median)] as const)
  const path = points.map(([left, top]) => `${left.toFixed(1)},${top.toFixed(1)}`).join(' ')
  const dots = points.map(
    ([left, top]) => `<circle cx="${left.toFixed(1)}" cy="${top.toFixed(1)}" r="3" fill="${colour}"/>`,
  )
  const legend = `${series.subject} (${series.unit}; ${growthOf(series).cost.toFixed(2)} times)`
  return [
    `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    ...dots,
    text(margin, panelHeight - 6 + at * 14, legend, `fill="${colour}" font-size="11"`),
  ].join('\n')
}

function panel(dimension: string, all: readonly Series[], place: number, height: number): string {
  const points = all.flatMap((series) => series.points)
  const x = scaleOver(
    points.map(({ size }) => size),
    margin,
    panelWidth - 20,
  )
  const y = scaleOver(
    points.map(({ value }) => value.median),
    panelHeight - 50,
    34,
  )
  const [left, top] = [(place % columns) * panelWidth, Math.floor(place / columns) * height + 40]
  const grid = [
    ...x.powers.map((power) =>
      text(x(power), panelHeight - 32, String(power), 'text-anchor="middle" font-size="10"'),
    ),
    ...y.powers.map(
      (power) =>
        `<line x1="${margin}" x2="${panelWidth - 20}" y1="${y(power)}" y2="${y(power)}" stroke="#ddd"/>${text(margin - 6, y(power) + 3, String(power), 'text-anchor="end" font-size="10"')}`,
    ),
  ]
  const lines = all.map((series, at) => lineOf(series, at, x, y))
  const title = text(margin, 20, `Against ${dimension}`, 'font-size="13" font-weight="600"')
  return `<g transform="translate(${left} ${top})">${[title, ...grid, ...lines].join('\n')}</g>`
}

/** A panel for each dimension, both scales logarithmic: what is flat is a level line. */
export function plot(all: readonly Series[]): string {
  const dimensions = [...new Set(all.map(({ dimension }) => dimension))]
  const groups = dimensions.map((dimension) => all.filter((series) => series.dimension === dimension))
  const height = panelHeight + 14 * Math.max(...groups.map(({ length }) => length)) + 10
  const panels = groups.map((group, at) => panel(dimensions[at] ?? '', group, at, height))
  const whole = Math.ceil(groups.length / columns) * height + 50
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${panelWidth * columns} ${whole}" font-family="system-ui, sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#fff"/>
${text(20, 24, 'Cost against size, both logarithmic: a level line is flat', 'font-size="15" font-weight="600"')}
${panels.join('\n')}
</svg>
`
}
