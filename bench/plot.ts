const colours = [
  '#8d99ae',
  '#0b7a75',
  '#5eb5a6',
  '#5fa8d3',
  '#a3c4dc',
  '#e09f3e',
  '#b56576',
  '#6d597a',
  '#9e2a2b',
]
const width = 900
const left = 210
const bar = 13
const group = 26
const top = 60

const escape = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
const text = (x: number, y: number, content: string, more = '') =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${more}>${escape(content)}</text>`

export type Bar = { readonly name: string; readonly speed: number }
/** All groups have the same names in the same order. */
export type Group = { readonly name: string; readonly bars: readonly Bar[] }

/** Groups of bars of speed on a logarithmic scale. */
export function plot(title: string, groups: readonly Group[]): string {
  const speeds = groups.map(({ name: query, bars }) => ({
    query,
    bars: bars.map((one, at) => ({ ...one, colour: colours[at] ?? '#000' })),
  }))
  const every = speeds.flatMap(({ bars }) => bars.map(({ speed }) => speed))
  const lowest = Math.floor(Math.log10(Math.min(...every)))
  const highest = Math.ceil(Math.log10(Math.max(...every)))
  const x = (speed: number) =>
    left + ((Math.log10(speed) - lowest) / (highest - lowest)) * (width - left - 60)

  const shapes: string[] = []
  let y = top
  for (const { query, bars } of speeds) {
    shapes.push(text(left - 8, y + (bars.length * bar) / 2, query, 'text-anchor="end" font-weight="600"'))
    for (const { speed, colour, name } of bars) {
      const length = Math.max(1, x(speed) - left)
      shapes.push(
        `<rect x="${left}" y="${y}" width="${length.toFixed(1)}" height="${bar - 2}" fill="${colour}"><title>${escape(name)}</title></rect>`,
        text(left + length + 4, y + bar - 4, speed.toFixed(speed < 0.1 ? 3 : 2), 'font-size="10"'),
      )
      y += bar
    }
    y += group
  }
  const ticks = Array.from({ length: highest - lowest + 1 }, (_, at) => 10 ** (lowest + at)).map(
    (tick) =>
      `<line x1="${x(tick)}" x2="${x(tick)}" y1="${top - 6}" y2="${y - group}" stroke="#ccc"/>${text(x(tick), top - 10, String(tick), 'text-anchor="middle" font-size="10"')}`,
  )
  const legend = (speeds[0]?.bars ?? []).map(({ name, colour }, at) => {
    const [column, row] = [at % 4, Math.floor(at / 4)]
    const [keyX, keyY] = [20 + column * 215, y + row * 18]
    return `<rect x="${keyX}" y="${keyY - 9}" width="10" height="10" fill="${colour}"/>${text(keyX + 15, keyY, name)}`
  })
  const height = y + 40
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12">
<rect width="${width}" height="${height}" fill="#fff"/>
${text(20, 24, `${title} (logarithmic; more is better)`, 'font-size="15" font-weight="600"')}
${[...ticks, ...shapes, ...legend].join('\n')}
</svg>
`
}
