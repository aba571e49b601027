import { parseArgs } from 'node:util'
import type { Effort } from './comparison.js'
import { type ContenderName, isContender, titles } from './contender.js'
import { type Operation, operations } from './operations.js'

export type Options = {
  readonly contenders: readonly ContenderName[]
  readonly operations: readonly Operation[]
  readonly effort: Effort
  /** Whether all contenders and operations were asked for, so that the results may be kept. */
  readonly whole: boolean
}

/** Bounds, so that no slip of the keyboard loads a machine for hours. */
const most = { rounds: 50, seconds: 30, 'warm-up': 30 }

export const usage = `npm run http [-- OPTIONS]   9 to 12 minutes; replaces results/http.* unless a part is chosen, which is printed

  --only NAMES         contenders, with commas: ${Object.keys(titles).join(', ')}
  --operations NAMES   ${operations.map(({ name }) => name).join(', ')}
  --rounds N           5, at most ${most.rounds}
  --seconds N          of a lap: 3, at most ${most.seconds}
  --warm-up N          seconds: 6, at most ${most['warm-up']}`

/** @throws Error naming what there is to choose from */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      operations: { type: 'string' },
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '3' },
      'warm-up': { type: 'string', default: '6' },
    },
  })
  const all = Object.keys(titles).filter(isContender)
  const chosen = choose('contender', all, (name) => name, values.only)
  return {
    contenders: chosen,
    operations: choose('operation', operations, ({ name }) => name, values.operations),
    effort: {
      rounds: numberOf('rounds', values.rounds),
      seconds: numberOf('seconds', values.seconds),
      warmUpSeconds: numberOf('warm-up', values['warm-up']),
    },
    whole: values.only === undefined && values.operations === undefined,
  }
}

function choose<T>(
  kind: string,
  all: readonly T[],
  nameOf: (one: T) => string,
  names?: string,
): readonly T[] {
  const wanted = names?.split(',')
  const unknown = wanted?.filter((name) => !all.some((one) => nameOf(one) === name)) ?? []
  if (unknown.length > 0) {
    throw new Error(`There is no ${kind} ${unknown.join(', ')}. There are: ${all.map(nameOf).join(', ')}.`)
  }
  return wanted ? all.filter((one) => wanted.includes(nameOf(one))) : all
}

function numberOf(name: keyof typeof most, text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0 && value <= most[name]) return value
  throw new Error(`--${name} is a whole number from 1 to ${most[name]}.`)
}
