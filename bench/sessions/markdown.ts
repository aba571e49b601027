import type { Spread } from '../measure.js'

export const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, head.map((_, at) => (at === 0 ? '---' : '---:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')

export const number = (value: number) => value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2)

export const spread = ({ median, low, high }: Spread, show = number) =>
  `${show(median)} (${show(low)} to ${show(high)})`

export const percent = (value: number) => `${(value * 100).toFixed(0)} %`
