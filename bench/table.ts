import type { Spread } from './measure.js'

/** A table of Markdown: the first column says what, the others say how much. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map((_, at) => (at === 0 ? '---' : '---:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')

const digits = (value: number) => (value >= 100 ? 0 : value >= 10 ? 1 : 2)

export const number = (value: number): string => value.toFixed(digits(value))

export const range = ({ low, high }: Spread, show = number): string => `${show(low)} to ${show(high)}`

export const spread = ({ median, low, high }: Spread, show = number): string =>
  `${show(median)} (${show(low)} to ${show(high)})`

export const percent = (value: number): string => `${(value * 100).toFixed(0)} %`
