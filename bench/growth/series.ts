import type { Spread } from '../measure.js'

export type Point = { readonly size: number; readonly value: Spread }

/** One cost against one size. */
export type Series = {
  /** What grows. */
  readonly dimension: string
  /** What is measured. */
  readonly subject: string
  readonly unit: string
  /** `flat`: the size must not matter. `linear`: what is bigger takes longer, and no more than in proportion. */
  readonly expected: 'flat' | 'linear'
  readonly points: readonly Point[]
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

/** The power of the size that fits the medians best: 0 is flat, 1 is linear. Least squares over logarithms. */
export function exponentOf({ points }: Series): number {
  const logs = points.map(({ size, value }) => [Math.log(size), Math.log(value.median)] as const)
  const [meanX, meanY] = [mean(logs.map(([x]) => x)), mean(logs.map(([, y]) => y))]
  const covariance = mean(logs.map(([x, y]) => (x - meanX) * (y - meanY)))
  return covariance / mean(logs.map(([x]) => (x - meanX) ** 2))
}

/** The greatest size against the smallest. */
export function growthOf({ points }: Series): { readonly size: number; readonly cost: number } {
  const [first, last] = [points[0], points.at(-1)]
  if (first === undefined || last === undefined) throw new Error('A series has points.')
  return { size: last.size / first.size, cost: last.value.median / first.value.median }
}
