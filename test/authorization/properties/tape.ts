import fc from 'fast-check'

/** Choices that fast-check made, to be spent one by one; when they run out, every choice is the first. */
export type Tape = {
  below(limit: number): number
  pick<T>(from: readonly [T, ...T[]]): T
  /** Once in `of` times. */
  rarely(of: number): 'yes' | 'no'
}

export function createTape(choices: readonly number[]): Tape {
  let at = 0
  const below = (limit: number) => {
    const choice = choices[at] ?? 0
    at += 1
    return choice % limit
  }
  return {
    below,
    pick: (from) => from[below(from.length)] ?? from[0],
    rarely: (of) => (below(of) === of - 1 ? 'yes' : 'no'),
  }
}

const choices = (length: number) => fc.array(fc.nat(9999), { maxLength: length, size: 'max' })

/** Tapes for a schema with its rules, for one more rule, and for what is asked by whom. */
export const tapes = fc.record({ schema: choices(260), extra: choices(8), question: choices(160) })
